"""What a study is cut into: cells, the runs on them, and the jobs that do both."""

from dataclasses import asdict, dataclass
from typing import Any

from mtdbench.study.fingerprint import canonical
from mtdbench.study.schema import Study

USUAL: dict[str, Any] = {
    "micrographs": 1,
    "method": "expanded",
    "full_size": None,
    "instrument": "{}",
    "files": "{}",
    "faults": "{}",
    "remedies": (),
}
"""Values of the rarer keys of a cell that leave its names as they were without such a key."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of a sweep; its trials are independent data sets, or seeds on one from files."""

    id: str
    sweep: str
    space: str
    window: int
    basis: str
    target: str
    size: int
    snr: float
    density: float | None
    spacing: str
    micrographs: int
    method: str
    full_size: int | None
    mrc: bool
    sigma_known: bool
    trials: int
    picking: bool
    bound: bool
    instrument: str = "{}"  # as JSON
    files: str = "{}"  # what `mtdbench.study.file_measurement.FileMeasurement` says, as JSON
    faults: str = "{}"  # as JSON, those that are there
    remedies: tuple[str, ...] = ()

    @property
    def is_from_files(self) -> bool:
        """Whether its measurement lies in files, and nobody knows what is in it."""
        return self.files != "{}"


@dataclass(frozen=True, slots=True)
class Run:
    """An estimator as a study runs it: the registered method with one setting of its options, on
    all of the measurement (half 0) or on its half 1 or 2, in one rank or in several.
    """

    label: str
    method: str
    options: dict[str, Any]
    half: int = 0
    ranks: int = 1

    @property
    def options_text(self) -> str:
        """The options as compact JSON with sorted keys."""
        return canonical(self.options)


@dataclass(frozen=True, slots=True)
class Block:
    """Some trials of one cell, simulated by one job."""

    cell: Cell
    trials: tuple[int, ...]

    @property
    def name(self) -> str:
        """E.g. `trials-0-3`."""
        return f"trials-{self.trials[0]}-{self.trials[-1]}"


@dataclass(frozen=True, slots=True)
class Batch:
    """One estimator on some trials of one cell, run by one job in one process."""

    id: str
    block: Block
    run: Run


def blocks(study: Study, cell: Cell) -> list[Block]:
    """The trials of a cell, cut into jobs."""
    starts = range(0, cell.trials, study.batch)
    return [Block(cell, tuple(range(s, min(s + study.batch, cell.trials)))) for s in starts]


def recipe_facts(study: Study, block: Block) -> dict[str, Any]:
    """All that decides what the measurements of a block are; of the rarer keys only those that are
    set, so that what was made before there was such a key keeps its name.
    """
    facts = asdict(block.cell)
    for name in ("id", "sweep", "mrc", "sigma_known", "trials", "picking", "bound"):
        del facts[name]
    for name, usual in USUAL.items():
        if facts[name] == usual:
            del facts[name]
    return {**facts, "trials": block.trials, "seed": study.seed}
