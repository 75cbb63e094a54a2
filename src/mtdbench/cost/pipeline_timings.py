"""Measures what the steps beside estimation take: simulation, bounds, errors, a process."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench import provenance
from mtdbench.cost import operation_counts
from mtdbench.cost.calibrate import read_finished
from mtdbench.cost.costs import Calibration
from mtdbench.cost.power_law import Law, fitted
from mtdbench.evaluate.dataset_bounds import bounds
from mtdbench.evaluate.relative_error import errors
from mtdbench.figures import draw_all
from mtdbench.simulation import write_dataset
from mtdbench.spaces import make_space
from mtdbench.study.find import find_study
from mtdbench.study.plan import make_plan
from mtdbench.study.recipes import recipe
from mtdbench.study.schema import Study

MEASURED_AT = (
    *(("line", 10, 3 * 10**4), ("line", 10, 10**6), ("line", 21, 10**7)),
    *(("disc", 5, 300), ("disc", 5, 2000), ("disc", 11, 500)),
    *(("ball", 7, 200), ("ball", 9, 450), ("ball", 9, 1500)),
)
"""Spaces, windows and sizes that are measured at."""

Timing = tuple[str, str, float, float]
"""A quantity, what it is of, the work, the CPU seconds."""


def measure_steps(
    folders: Sequence[Path], sizes: Sequence[tuple[str, int, int]] = MEASURED_AT
) -> Calibration:
    """The laws of the steps on this machine; takes some minutes.

    Parameters
    ----------
    folders : sequence of Path
        Finished studies, whose figures are drawn.
    sizes : sequence of (str, int, int)
        Spaces, windows L and sizes N of the data sets that are simulated and scored.
    """
    origin = {"processor": provenance.cpu(), "commit": provenance.commit()}
    timings = [*_processes(), *(_drawing(folder) for folder in folders)]
    for space, window, size in sizes:
        timings += _cell(space, window, size)
    return Calibration({"steps": origin}, _laws(timings))


def _laws(timings: list[Timing]) -> dict[str, dict[str, Law]]:
    """A law for each quantity and thing, from all that was measured of it."""
    grouped: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for quantity, what, operations, seconds in timings:
        grouped.setdefault(quantity, {}).setdefault(what, []).append((operations, seconds))
    return {
        quantity: {what: _law(pairs) for what, pairs in some.items()}
        for quantity, some in grouped.items()
    }


def _law(pairs: list[tuple[float, float]]) -> Law:
    x, y = np.array(pairs).T
    return fitted(x, y, expected=1.0)


def _drawing(folder: Path) -> Timing:
    """What the figures of a finished study take."""
    study = read_finished(folder / "table.parquet").plan.study
    with tempfile.TemporaryDirectory() as out:
        seconds = _seconds(lambda: draw_all(folder, Path(out)))
    return ("report", "any", operation_counts.drawings(study), seconds)


def _content(space: str, window: int, size: int) -> dict[str, Any]:
    """Of the file of a study with one data set and hardly an estimator."""
    grid = {"space": space, "window": window, "size": size, "snr": 2, "density": 0.1, "trials": 1}
    sweep = {"name": "one", **grid}
    return {"name": "steps", "sweeps": [sweep], "estimators": [{"name": "zero"}]}


def _cell(space: str, window: int, size: int) -> Iterator[Timing]:
    """Of one data set."""
    study = Study.model_validate(_content(space, window, size))
    cell = make_plan(study).cells[0]
    estimated = make_space(space, window)
    x, other = (estimated.random(np.random.default_rng(seed)) for seed in (0, 1))
    with tempfile.TemporaryDirectory() as temporary:
        folder, facts = Path(temporary), {}

        def simulated() -> None:
            facts.update(write_dataset(recipe(study, cell, 0), folder))

        yield (
            "simulation",
            f"simulate/{space}",
            operation_counts.simulation(cell),
            _seconds(simulated),
        )
        if operations := operation_counts.bound(cell):
            bounded = _seconds(lambda: bounds(study, cell, 0, folder, facts))
            yield "bound", f"score/{space}", operations, bounded
    errors(estimated, x, other)  # tables that later calls share
    yield "errors", f"score/{space}", 1.0, _seconds(lambda: errors(estimated, x, other))


def _processes() -> Iterator[Timing]:
    """Of the verbs of a study that has hardly anything to do; of `estimate` without the set-up of
    the run, which each estimator has in its table.
    """
    with tempfile.TemporaryDirectory() as temporary:
        file, folder = Path(temporary, "steps.json"), Path(temporary, "steps")
        file.write_text(json.dumps(_content("line", 5, 100)), encoding="utf-8")
        plan = make_plan(find_study(str(file))[0])
        (cell,), (batch,) = plan.cells, plan.batches
        data = folder / "data" / cell.id / f"{batch.block.name}.json"
        runs = folder / "runs" / f"{batch.id}.json"
        study = [f"--study={file}", f"--results={temporary}"]
        made = ["simulate", f"--cell={cell.id}", f"--block={batch.block.name}", f"--out={data}"]
        yield "process", "any", 1.0, _process([*made, *study])
        ran = _process(["estimate", f"--batch={batch.id}", f"--out={runs}", *study])
        (record,) = json.loads(runs.read_text(encoding="utf-8"))["runs"].values()
        yield "process", "estimate", 1.0, max(ran - record["setup_seconds"], 0.1)


def _process(arguments: Sequence[str]) -> float:
    """CPU seconds of one command, and of the processes that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "mtdbench", *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _seconds(act: Callable[[], Any]) -> float:
    start = time.process_time()
    act()
    return max(time.process_time() - start, 1e-6)
