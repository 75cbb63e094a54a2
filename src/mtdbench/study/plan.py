"""A study written out: its cells, its data sets, its runs, and the batches that jobs work through.

Names derive from content alone, so that neither the order of a study file nor the other cells in it
change what a cell, a batch or a random number is called.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, TypeVar

from mtdbench.errors import InputError, unknown
from mtdbench.estimators.sharing import can_share
from mtdbench.simulation.faults import NEUTRAL
from mtdbench.study.cells import Batch, Block, Cell, Run, blocks, recipe_facts
from mtdbench.study.file_measurement import file_cell, sized_options
from mtdbench.study.file_sweep import FileSweep
from mtdbench.study.fingerprint import canonical, fingerprint
from mtdbench.study.schema import Drawing, Method, Study, Sweep

Named = TypeVar("Named")

MOST_RUNS = 1_000_000
"""Of a study: fifty times as many as the largest that has been run."""
LONGEST_LABEL = 160
"""Letters of an estimator's label with its options, which files are named after."""


@dataclass(frozen=True)
class Plan:
    """Everything that a study will do."""

    study: Study
    cells: tuple[Cell, ...]
    batches: tuple[Batch, ...]

    def cores(self, batches: Iterable[Batch]) -> int:
        """How many cores a job uses that runs some batches one after another."""
        return self.study.threads * max((batch.run.ranks for batch in batches), default=1)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The simulation jobs."""
        return tuple(block for cell in self.cells for block in blocks(self.study, cell))

    @property
    def runs(self) -> int:
        """The number of rows that the table will have."""
        return sum(len(batch.block.trials) for batch in self.batches)

    def cell(self, name: str) -> Cell:
        """The cell of that name."""
        return self._pick("cell", name, self._cells)

    def block(self, cell: str, name: str) -> Block:
        """The simulation job of that name in a cell."""
        jobs = {block.name: block for block in blocks(self.study, self.cell(cell))}
        return self._pick(f"block of cell '{cell}'", name, jobs)

    def batch(self, name: str) -> Batch:
        """The batch of that name."""
        return self._pick("batch", name, self._batches)

    def batches_of(self, cell: str) -> list[Batch]:
        """The batches of one cell, in the order of the study file."""
        return self._by_cell.get(cell, [])

    def cells_of(self, drawing: Drawing) -> list[Cell]:
        """The cells that a figure shows."""
        return [
            cell
            for cell in self.cells
            if cell.sweep in drawing.sweeps
            and all(getattr(cell, axis) in values for axis, values in drawing.only.items())
        ]

    def drawing(self, name: str) -> Drawing:
        """The figure of that name."""
        return self._pick("figure", name, {figure.name: figure for figure in self.study.figures})

    @cached_property
    def _cells(self) -> dict[str, Cell]:
        return {cell.id: cell for cell in self.cells}

    @cached_property
    def _batches(self) -> dict[str, Batch]:
        return {batch.id: batch for batch in self.batches}

    @cached_property
    def _by_cell(self) -> dict[str, list[Batch]]:
        grouped: dict[str, list[Batch]] = {}
        for batch in self.batches:
            grouped.setdefault(batch.block.cell.id, []).append(batch)
        return grouped

    def _pick(self, kind: str, name: str, known: dict[str, Named]) -> Named:
        if name not in known:
            raise unknown(f"{kind} of study '{self.study.name}'", name, known)
        return known[name]


def make_plan(study: Study) -> Plan:
    """Write a study out.

    Raises
    ------
    InputError
        If two sweeps, cells or estimators have the same name, or a sweep names an estimator that
        the study does not have.
    """
    methods = {_label(method): method for method in study.estimators}
    _unique("estimator label", [_label(method) for method in study.estimators])
    _unique("sweep", [sweep.name for sweep in study.sweeps])
    _check_number(study, methods)
    cells: list[Cell] = []
    batches: list[Batch] = []
    for sweep in study.sweeps:
        for label in (*(sweep.estimators or ()), *sweep.options):
            if label not in methods:
                raise unknown(f"estimator label in sweep '{sweep.name}'", label, methods)
        chosen = [label for label in methods if _wanted(sweep, label)]
        runs = [run for label in chosen for run in _expand(study, methods[label], sweep)]
        _unique("estimator label", [run.label for run in runs])
        for cell in _cells(sweep):
            cells.append(cell)
            jobs = blocks(study, cell)
            batches += [_batch(study, block, run) for run in runs for block in jobs]
    _unique("cell", [cell.id for cell in cells])
    _unique("figure", [figure.name for figure in study.figures])
    names = [sweep.name for sweep in study.sweeps]
    for figure in study.figures:
        for name in set(figure.sweeps).difference(names):
            raise unknown(f"sweep of figure '{figure.name}'", name, names)
    return Plan(study, tuple(cells), tuple(batches))


def _check_number(study: Study, methods: Mapping[str, Method]) -> None:
    """Check that a study can be written out at all."""
    runs = 0
    for sweep in study.sweeps:
        axes = () if isinstance(sweep, FileSweep) else _axes(sweep)
        cells = prod(map(len, axes))
        settings = 1
        for label, method in methods.items():
            if _wanted(sweep, label):
                options = {**method.options, **sweep.options.get(label, {})}.values()
                points = prod(len(value) for value in options if isinstance(value, list))
                settings += points * (3 if method.halves else 1)
        runs += cells * sweep.trials * settings
    if runs > MOST_RUNS:
        raise InputError(
            f"study '{study.name}' has more than {MOST_RUNS} runs: expected fewer cells, trials or"
            " options"
        )


def study_folder(results: Path, study: Study) -> Path:
    """Where a study's files are."""
    return results / study.name


def _batch(study: Study, block: Block, run: Run) -> Batch:
    content = {
        "data": recipe_facts(study, block),
        "sigma_known": block.cell.sigma_known,
        "method": run.method,
        "options": run.options,
        "budget": study.limits.budget_seconds,
        "threads": study.threads,
        **({"half": run.half} if run.half else {}),
        **({"ranks": run.ranks} if run.ranks > 1 else {}),
    }
    readable = re.sub(r"[^A-Za-z0-9.=_-]+", "_", run.label)[:60]
    return Batch(
        f"{block.cell.id}/{readable}-{block.trials[0]}-{block.trials[-1]}-{fingerprint(content)}",
        block,
        run,
    )


def _axes(sweep: Sweep) -> tuple[tuple[Any, ...], ...]:
    """The lists that a sweep is the grid over."""
    return sweep.window, sweep.size, sweep.snr, sweep.density, *sweep.faults.values()


def _cells(sweep: Sweep | FileSweep) -> Iterator[Cell]:
    if isinstance(sweep, FileSweep):
        shared = {name: getattr(sweep, name) for name in ("space", "basis", "spacing", "trials")}
        yield Cell(sweep=sweep.name, **shared, **file_cell(sweep))
        return
    for window, size, snr, density, *values in product(*_axes(sweep)):
        d = "sat" if density is None else _number(density)
        faults = dict(zip(sweep.faults, values, strict=True))
        spoilt = "".join(f"-{name}{_number(value)}" for name, value in faults.items())
        present = {name: value for name, value in faults.items() if value != NEUTRAL[name]}
        yield Cell(
            id=f"{sweep.name}-L{window}-N{size}-snr{_number(snr)}-d{d}{spoilt}",
            sweep=sweep.name,
            space=sweep.space,
            window=window,
            basis=sweep.basis,
            target=sweep.target,
            size=size,
            snr=snr,
            density=density,
            spacing=sweep.spacing,
            micrographs=sweep.micrographs,
            method=sweep.method,
            full_size=sweep.full_size,
            mrc=sweep.mrc,
            sigma_known=sweep.sigma_known,
            trials=sweep.trials,
            picking=sweep.picking,
            bound=sweep.bound,
            instrument=canonical(sweep.instrument),
            faults=canonical(present),
            remedies=sweep.remedies,
        )


def _label(method: Method) -> str:
    return method.label or method.name


def _expand(study: Study, method: Method, sweep: Sweep | FileSweep) -> Iterator[Run]:
    """One run per point of the grid over the options that are lists."""
    label = _label(method)
    sized = sized_options(sweep, method.name) if isinstance(sweep, FileSweep) else {}
    options = {**sized, **method.options, **sweep.options.get(label, {})}
    swept = [key for key, value in options.items() if isinstance(value, list)]
    if empty := [key for key in swept if not options[key]]:
        raise InputError(f"option '{empty[0]}' of estimator '{label}': expected at least one value")
    ranks = study.ranks if study.ranks > 1 and can_share(method.name) else 1
    for values in product(*(options[key] for key in swept)):
        point = dict(zip(swept, values, strict=True))
        suffix = [f"{key}={_word(value)}" for key, value in point.items()]
        name = " ".join([label, *suffix])
        if len(name) > LONGEST_LABEL:
            raise InputError(
                f"estimator '{name}': expected a label of at most {LONGEST_LABEL} letters, with the"
                " options that are lists"
            )
        yield Run(name, method.name, {**options, **point}, 0, ranks)
        for half in (1, 2) if method.halves else ():
            yield Run(half_label(name, half), method.name, {**options, **point}, half, ranks)


def half_label(label: str, half: int) -> str:
    """What a run on a half of the measurement is called."""
    return f"{label} half {half}"


def _wanted(sweep: Sweep | FileSweep, label: str) -> bool:
    return sweep.estimators is None or label in sweep.estimators


def _unique(kind: str, found: list[str]) -> None:
    twice = [name for name, count in Counter(found).items() if count > 1]
    if twice:
        raise InputError(f"{kind} '{twice[0]}' occurs twice: expected different names")


def _number(value: float) -> str:
    return format(value, ".10g")


def _word(value: Any) -> str:
    """An option's value as part of a label that is also a file name."""
    text = _number(value) if isinstance(value, float) else str(value)
    return re.sub(r"[^A-Za-z0-9_.,=+-]+", "_", text)
