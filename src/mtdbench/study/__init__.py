"""Studies: the typed study file and the plan that it unfolds into."""

from mtdbench.study.cells import Batch, Block, Cell, Run
from mtdbench.study.find import find_study
from mtdbench.study.plan import Plan, make_plan
from mtdbench.study.schema import Study, load_study, parse_study, schema

__all__ = [
    "Batch",
    "Block",
    "Cell",
    "Plan",
    "Run",
    "Study",
    "find_study",
    "load_study",
    "make_plan",
    "parse_study",
    "schema",
]
