"""What the parts of a study are called, by their content: a name changes when a result would.

Neither the order of a study file nor its other cells change a name.
"""

from mtdbench.study.cells import Block, Cell, recipe_facts
from mtdbench.study.fingerprint import fingerprint
from mtdbench.study.plan import Plan
from mtdbench.study.schema import Study


def data_name(study: Study, block: Block) -> str:
    """Changes when the files of a block's data sets do."""
    facts = recipe_facts(study, block)
    return fingerprint({**facts, "mrc": True} if block.cell.mrc else facts)


def dataset_name(study: Study, cell: Cell, trial: int) -> str:
    """Changes when the files of one data set do."""
    return data_name(study, Block(cell, (trial,)))


def scores_name(plan: Plan, cell: str, columns: str) -> str:
    """Changes when the rows of a cell do: their values, their names or their order.

    Parameters
    ----------
    plan, cell
    columns : str
        The version of the tables' columns, see `mtdbench.results.tabulate.columns_version`.
    """
    batches = plan.batches_of(cell)
    content = [plan.study.name, [(batch.id, batch.run.label) for batch in batches]]
    planned = plan.cell(cell)
    rarer = ["picking"] * planned.picking + ["no bound"] * (not planned.bound)
    return fingerprint([*content, *rarer, columns])


def study_name(plan: Plan) -> str:
    """Changes when anything in the study does."""
    return fingerprint(plan.study.model_dump(mode="json"))


def drawing_name(plan: Plan, figure: str) -> str:
    """Changes when what a figure shows does."""
    return fingerprint(plan.drawing(figure).model_dump(mode="json"))
