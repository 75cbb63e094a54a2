"""All figures of a study, or one that it names, from its folder to files."""

from pathlib import Path

from mtdbench.errors import InputError
from mtdbench.evaluate.table import tables
from mtdbench.figures.automatic import plan as planned
from mtdbench.figures.layout.save import save
from mtdbench.figures.named import named_plots
from mtdbench.files import write_json
from mtdbench.results.reader import Results
from mtdbench.study.plan import Plan

INDEX = "figures.json"


def draw_all(study_folder: Path, out: Path) -> list[Path]:
    """Draw every figure that the study's results call for and return the files written.

    Each figure is written to `out` as .svg, .png and .pdf; `figures.json` lists them in order with
    their captions. The same results give the same files.

    Raises
    ------
    InputError
        If the folder holds no readable table.
    """
    written: list[Path] = []
    index = []
    for plot in planned(Results.load(study_folder)):
        written += save(plot.draw, out / plot.name)
        index.append(
            {"name": plot.name, "sweep": plot.sweep, "title": plot.title, "caption": plot.caption}
        )
    write_json(out / INDEX, index)
    return written


def draw_one(plan: Plan, name: str, folder: Path, out: Path) -> list[Path]:
    """Draw one figure that a study names, from the scores of its cells alone.

    It is written to `out` as NAME.svg, .png, .pdf, and .json with its title and caption; a figure
    in several parts, one for each space and window, as NAME and NAME-PART.

    Raises
    ------
    InputError
        If the study has no such figure, or its sweeps have nothing that it could show.
    """
    drawing = plan.drawing(name)
    table, history = tables(plan, plan.cells_of(drawing), folder)
    results = Results(folder, table, history, plan.study.model_dump(mode="json"), {})
    written: list[Path] = []
    for plot in named_plots(drawing, results):
        facts = out / f"{plot.name}.json"
        written += [*save(plot.draw, out / plot.name), facts]
        write_json(facts, {"title": plot.title, "caption": plot.caption})
    if not written:
        raise InputError(f"figure '{name}' of '{plan.study.name}': no run gave what it shows")
    return written
