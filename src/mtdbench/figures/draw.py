"""All figures of a study, from its folder to files."""

from pathlib import Path

from mtdbench.figures.plan import plan
from mtdbench.figures.save import save
from mtdbench.files import write_json
from mtdbench.results import Results

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
    for plot in plan(Results.load(study_folder)):
        written += save(plot.draw, out / plot.name)
        index.append(
            {"name": plot.name, "sweep": plot.sweep, "title": plot.title, "caption": plot.caption}
        )
    write_json(out / INDEX, index)
    return written
