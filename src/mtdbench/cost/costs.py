"""What a study will take, by laws that were measured: time, memory and disk."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

from mtdbench.cost import operation_counts
from mtdbench.cost.power_law import Law, constant
from mtdbench.errors import InputError
from mtdbench.files import read_json, write_json
from mtdbench.study.cells import Batch, Block, Cell, Run, blocks
from mtdbench.study.plan import Plan
from mtdbench.study.schema import Limits, Study

CALIBRATION = Path(__file__).with_name("calibration.json")
DEFAULTS = {
    "seconds": constant(60),  # of an estimator that was never measured
    "setup": constant(5),  # of the first run of a process
    "next setup": constant(0.05),  # of each further one
    "memory": constant(500),  # MiB
    "simulation": Law(-17.0, 1.0, 0),  # 40 ns to a sample
    "bound": constant(5),
    "errors": constant(0.5),  # of one estimate
    "process": constant(2),
    "report": Law(1.6, 1.0, 0),  # 5 for the figures of a sweep, or for one that a study names
}
"""CPU seconds, where nothing was measured."""

SNAPSHOTS = 6  # that a run keeps, in the mean
SIMULATOR_MIB = 250  # of a process that simulates, beside the mask of free places
SCORING_MIB = 600  # of a process that scores a cell; measurements are mapped, not loaded
REPORT_MIB = 700  # of a process that makes the table, the figures or the report


@dataclass(frozen=True, slots=True)
class Calibration:
    """Laws by what they give and for what: `laws["seconds"]["em/disc"]`, `laws["seconds"]["em"]`
    for spaces without a law of their own; and where and when they were measured.
    """

    provenance: dict[str, Any]
    laws: Mapping[str, Mapping[str, Law]]

    def law(self, quantity: str, what: str, space: str) -> Law:
        """The law for a method or step in a space; else in all spaces; else for all of them; else
        the default.
        """
        laws = self.laws.get(quantity, {})
        names = (f"{what}/{space}", what, "any")
        return next((laws[name] for name in names if name in laws), DEFAULTS[quantity])

    def write(self, path: Path) -> None:
        """As JSON."""
        write_json(path, asdict(self))


def read_calibration(path: Path = CALIBRATION) -> Calibration:
    """The calibration in a JSON file, by default the one that comes with the package.

    Raises
    ------
    InputError
        If the file holds none.
    """
    try:
        content = read_json(path)
        laws = {
            quantity: {what: Law(**law) for what, law in some.items()}
            for quantity, some in content["laws"].items()
        }
        return Calibration(dict(content["provenance"]), laws)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"no calibration in '{path}': {error!r} (expected its JSON)") from None


@dataclass(frozen=True, slots=True)
class Cost:
    """Of some jobs: runs, CPU seconds, MiB of the largest, seconds of the longest, bytes."""

    runs: int = 0
    cpu_seconds: float = 0.0
    memory_mib: float = 0.0
    longest: float = 0.0
    disk: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.runs + other.runs,
            self.cpu_seconds + other.cpu_seconds,
            max(self.memory_mib, other.memory_mib),
            max(self.longest, other.longest),
            self.disk + other.disk,
        )

    def hours(self, cores: int) -> float:
        """Wall-clock hours on that many cores, that are free."""
        return max(self.cpu_seconds / cores, self.longest) / 3600


@dataclass(frozen=True, slots=True)
class CostEntry:
    """The cost of an estimator, or of another step of a study, in one sweep."""

    sweep: str
    what: str
    cost: Cost


def run_seconds(cell: Cell, run: Run, limits: Limits, calibration: Calibration) -> float:
    """CPU seconds of one run, set-up not counted; at most what the limits leave its ranks."""
    seconds = calibration.law("seconds", run.method, cell.space)(_work(cell, run))
    if name := operation_counts.borrowed(run):
        first = Run(name, name, {}, run.half)
        seconds += calibration.law("seconds", name, cell.space)(_work(cell, first))
    return min(seconds, run.ranks * min(limits.seconds, limits.budget_seconds or limits.seconds))


def unmeasured(plan: Plan, calibration: Calibration) -> list[str]:
    """The estimators of a plan that have no law of their time: it is guessed, whatever they do."""
    guess = DEFAULTS["seconds"]
    runs = {(batch.run.method, batch.block.cell.space) for batch in plan.batches}
    return sorted(
        {name for name, space in runs if calibration.law("seconds", name, space) is guess}
    )


def batch_cost(study: Study, batch: Batch, calibration: Calibration) -> Cost:
    """The cost of a batch: a process, the set-up of each run, the runs. Each rank of a run starts
    and sets up for itself, and holds as much memory as any.
    """
    cell, run, trials = batch.block.cell, batch.run, len(batch.block.trials)

    def value(quantity: str) -> float:
        law = calibration.law(quantity, run.method, cell.space)
        return law(operation_counts.workload(cell, run.half).samples)

    begun = calibration.law("process", "estimate", "")(1) + value("setup")
    starts = begun + (trials - 1) * (value("next setup") if run.ranks == 1 else begun)
    fits = trials * run_seconds(cell, run, study.limits, calibration)
    memory = min(run.ranks * value("memory"), study.limits.memory_mib)
    kept = trials * (SNAPSHOTS * 11 + 8) * operation_counts.workload(cell).space.size
    longest = starts + fits / run.ranks
    return Cost(trials, run.ranks * starts + fits, memory, longest, kept)


def simulation_cost(block: Block, calibration: Calibration) -> Cost:
    """The cost of the data sets of a block; a place takes a byte of a mask, and all copies are held
    twice while they are put together.
    """
    cell, trials = block.cell, len(block.trials)
    law = calibration.law("simulation", "simulate", cell.space)
    begun = calibration.law("process", "any", "")(1)
    seconds = begun + trials * law(operation_counts.simulation(cell))
    memory = SIMULATOR_MIB + (operation_counts.sites(cell) + 2 * _copies(cell)) / 2**20
    return Cost(0, seconds, memory, seconds, trials * _bytes(cell))


def scoring_cost(cell: Cell, batches: list[Batch], calibration: Calibration) -> Cost:
    """The cost of the bounds of a cell and of the errors of its runs, snapshots included; the last
    estimate is aligned once more to be drawn.
    """
    runs = sum(len(batch.block.trials) for batch in batches)
    seconds = calibration.law("process", "any", "")(1)
    if operations := operation_counts.bound(cell):
        seconds += cell.trials * calibration.law("bound", "score", cell.space)(operations)
    seconds += runs * (SNAPSHOTS + 1) * calibration.law("errors", "score", cell.space)(1)
    if cell.picking:
        picked = calibration.law("seconds", "em", cell.space)(operation_counts.picking(cell))
        seconds += (runs + cell.trials) * picked
    return Cost(0, seconds, SCORING_MIB, seconds, 0.0)


def report_cost(study: Study, calibration: Calibration) -> Cost:
    """The cost of the table, of all figures and the report, and of each named figure by itself."""
    begun, drawn = (calibration.law(what, "any", "") for what in ("process", "report"))
    alone = len(study.figures) * (begun(1) + drawn(1))
    seconds = 3 * begun(1) + drawn(operation_counts.drawings(study)) + alone
    return Cost(0, seconds, REPORT_MIB, seconds, 0.0)


def study_costs(plan: Plan, calibration: Calibration) -> list[CostEntry]:
    """The cost of every sweep and estimator, of simulation and scoring, and of the report."""
    costs: dict[tuple[str, str], Cost] = {}
    for sweep, what, cost in _parts(plan, calibration):
        costs[sweep, what] = costs.get((sweep, what), Cost()) + cost
    return [CostEntry(sweep, what, cost) for (sweep, what), cost in costs.items()]


def total(entries: list[CostEntry]) -> Cost:
    """Of all entries."""
    return sum((entry.cost for entry in entries), Cost())


def _parts(plan: Plan, calibration: Calibration) -> Iterator[tuple[str, str, Cost]]:
    for cell in plan.cells:
        batches = plan.batches_of(cell.id)
        for block in blocks(plan.study, cell):
            yield cell.sweep, "(simulation)", simulation_cost(block, calibration)
        for batch in batches:
            yield cell.sweep, batch.run.label, batch_cost(plan.study, batch, calibration)
        yield cell.sweep, "(scoring)", scoring_cost(cell, batches, calibration)
    yield "(study)", "(table, figures, report)", report_cost(plan.study, calibration)


def _work(cell: Cell, run: Run) -> float:
    """The work of a run; that of cells which differ in noise alone is worked out once."""
    same = replace(cell, id="", sweep="", snr=1.0, trials=1, target="")
    return _known_work(same, run.method, json.dumps(run.options, default=str), run.half)


@cache
def _known_work(cell: Cell, method: str, options: str, half: int) -> float:
    return operation_counts.work(cell, Run(method, method, json.loads(options), half))


def _copies(cell: Cell) -> float:
    """Bytes of the places, poses and micrographs of the copies in one data set."""
    load = operation_counts.workload(cell)
    row = 8 * (load.space.window.ndim + load.space.poses(1).shape[1] + 1)
    return row * load.samples * load.density / load.pixels


def _bytes(cell: Cell) -> float:
    """Of the files of one data set."""
    load = operation_counts.workload(cell)
    images = 2 if cell.mrc else 1
    full = 4.0 * (cell.full_size or 0) ** 3 if cell.method == "full" else 0.0
    target = 8 * (load.space.size + prod(load.space.shape))
    return 4 * images * load.samples + _copies(cell) + full + target
