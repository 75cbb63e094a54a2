"""All figures of a study, or one that it names, from its folder to files."""

from concurrent.futures import ProcessPoolExecutor
from itertools import islice, zip_longest
from pathlib import Path

from mtdbench.errors import InputError
from mtdbench.evaluate.table import current_scores, tables
from mtdbench.figures.automatic import plan as planned
from mtdbench.figures.layout.save import METADATA, save
from mtdbench.figures.named import named_plots
from mtdbench.files import write_json
from mtdbench.results.later_stamps import FIGURES_STAMP, drawing_stamp, figures_stamp
from mtdbench.results.reader import Results
from mtdbench.study.plan import Plan
from mtdbench.study.stamp import STAMP, sizes, write_stamped

INDEX = "figures.json"


def draw_all(study_folder: Path, out: Path, processes: int = 1) -> list[Path]:
    """Draw every figure that the study's results call for and return the files written.

    Each figure is written to `out` as .svg, .png and .pdf; `figures.json` lists them in order with
    their captions. The same results give the same files, however many processes draw them.

    Raises
    ------
    InputError
        If the folder holds no readable table.
    """
    (out / FIGURES_STAMP).unlink(missing_ok=True)
    index = _draw_shared(study_folder, out, processes)
    written = [out / f"{entry['name']}.{kind}" for entry in index for kind in METADATA]
    write_json(out / INDEX, index)
    files = sizes(out, [INDEX, *(path.name for path in written)])
    write_stamped(out / FIGURES_STAMP, figures_stamp(study_folder).facts(files=files), {})
    return written


def _draw_shared(study_folder: Path, out: Path, processes: int) -> list[dict[str, str]]:
    if processes == 1:
        return _draw_share(study_folder, out, 0, 1)
    with ProcessPoolExecutor(processes) as pool:
        shares = [
            pool.submit(_draw_share, study_folder, out, first, processes)
            for first in range(processes)
        ]
        one_each = zip_longest(*(share.result() for share in shares))
        return [entry for some in one_each for entry in some if entry]


def _draw_share(study_folder: Path, out: Path, first: int, step: int) -> list[dict[str, str]]:
    """Draw each `step`-th figure from the `first` on, and return what the index says of them."""
    index = []
    for plot in islice(planned(Results.load(study_folder)), first, None, step):
        save(plot.draw, out / plot.name)
        index.append(
            {"name": plot.name, "sweep": plot.sweep, "title": plot.title, "caption": plot.caption}
        )
    return index


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
    scores = current_scores(plan, plan.cells_of(drawing), folder)
    table, history = tables(scores)
    results = Results(folder, table, history, plan.study.model_dump(mode="json"), {})
    (out / f"{name}.json").unlink(missing_ok=True)  # it stands for a complete figure
    written: list[Path] = []
    words: dict[str, dict[str, str]] = {}
    for plot in named_plots(drawing, results):
        written += save(plot.draw, out / plot.name)
        words[plot.name] = {"title": plot.title, "caption": plot.caption}
    if not written:
        raise InputError(f"figure '{name}' of '{plan.study.name}': no run gave what it shows")
    stamp = drawing_stamp(plan, name, [cell[STAMP] for cell in scores])
    facts = stamp.facts(files=sizes(out, [path.name for path in written]))
    for part in sorted(words, key=lambda part: part == name):
        write_stamped(out / f"{part}.json", facts, words[part])
        written.append(out / f"{part}.json")
    return written
