"""Measures what the steps beside estimation take: simulation, bounds, errors, a process."""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench.bounds import bounds
from mtdbench.figures import draw_all
from mtdbench.metrics import errors
from mtdbench.run import provenance
from mtdbench.simulate import simulate
from mtdbench.spaces import make_space
from mtdbench.study import work
from mtdbench.study.costs import Calibration
from mtdbench.study.laws import Law, fitted
from mtdbench.study.model import Study
from mtdbench.study.plan import make_plan
from mtdbench.study.recipes import recipe

SIZES = (
    *(("line", 10, 3 * 10**4), ("line", 10, 10**6), ("line", 21, 10**5)),
    *(("disc", 5, 300), ("disc", 5, 2000), ("disc", 11, 500)),
    *(("ball", 7, 200), ("ball", 9, 450), ("ball", 9, 1500)),
)
"""Spaces, windows and sizes that are measured at."""

Measured = tuple[str, str, float, float]
"""A quantity, what it is of, the work, the CPU seconds."""


def measured(folders: Sequence[Path]) -> Calibration:
    """The laws of the steps on this machine, those of figures from the finished studies in some
    folders; takes some minutes.
    """
    origin = {"processor": provenance.cpu(), "commit": provenance.commit()}
    found = [("process", "any", 1.0, _process()), *(_drawing(folder) for folder in folders)]
    for space, window, size in SIZES:
        found += _cell(space, window, size)
    return Calibration({"steps": origin}, _laws(found))


def _laws(found: list[Measured]) -> dict[str, dict[str, Law]]:
    """A law for each quantity and thing, from all that was measured of it."""
    grouped: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for quantity, what, operations, seconds in found:
        grouped.setdefault(quantity, {}).setdefault(what, []).append((operations, seconds))
    return {
        quantity: {what: _law(pairs) for what, pairs in some.items()}
        for quantity, some in grouped.items()
    }


def _law(pairs: list[tuple[float, float]]) -> Law:
    x, y = np.array(pairs).T
    return fitted(x, y, expected=1.0)


def _drawing(folder: Path) -> Measured:
    """What the figures of a finished study take, to its sweeps."""
    import pandas as pd

    sweeps = pd.read_parquet(folder / "table.parquet", columns=["sweep"])["sweep"].nunique()
    with tempfile.TemporaryDirectory() as out:
        return ("report", "any", float(sweeps), _seconds(lambda: draw_all(folder, Path(out))))


def _cell(space: str, window: int, size: int) -> Iterator[Measured]:
    """Of one data set."""
    grid = {"space": space, "window": window, "size": size, "snr": 2, "density": 0.1, "trials": 1}
    content = {"sweeps": [{"name": "one", **grid}], "estimators": [{"name": "zero"}]}
    study = Study.model_validate({"name": "steps", **content})
    cell = make_plan(study).cells[0]
    here = make_space(space, window)
    x, other = (here.random(np.random.default_rng(seed)) for seed in (0, 1))
    with tempfile.TemporaryDirectory() as temporary:
        folder, facts = Path(temporary), {}

        def simulated() -> None:
            facts.update(simulate(recipe(study, cell, 0), folder))

        yield "simulation", f"simulate/{space}", work.simulation(cell), _seconds(simulated)
        bounded = _seconds(lambda: bounds(study, cell, 0, folder, facts))
        yield "bound", f"score/{space}", work.bound(cell), bounded
    errors(here, x, other)  # tables that later calls share
    yield "errors", f"score/{space}", 1.0, _seconds(lambda: errors(here, x, other))


def _process() -> float:
    """CPU seconds of a verb that has hardly anything to do."""
    with tempfile.TemporaryDirectory() as folder:
        asked = {"space": "line", "window": 5, "size": 100, "snr": 1, "density": 0.1, "out": folder}
        given = [f"--{name}={value}" for name, value in asked.items()]
        command = [sys.executable, "-m", "mtdbench", "simulate", *given]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _seconds(act: Callable[[], Any]) -> float:
    start = time.process_time()
    act()
    return max(time.process_time() - start, 1e-6)
