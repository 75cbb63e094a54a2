"""How much work each step of a study is, known before it runs: its operations, roughly.

Only products of what a study file says; those of a method are declared beside its estimator, see
`mtdbench.estimators.declaration`. What the operations take is measured, see
`mtdbench.cost.calibrate`.
"""

from functools import cache
from typing import Any

from mtdbench.estimators import registry
from mtdbench.estimators.em.em_cost import PASS_OVERHEAD, pass_operations
from mtdbench.estimators.options import read_options
from mtdbench.estimators.workload import Workload
from mtdbench.model.spacing import Spacing
from mtdbench.spaces import make_space
from mtdbench.study.cells import Cell, Run
from mtdbench.study.recipes import SIDE_OF_FILES
from mtdbench.study.schema import Study

DENSITY_AT_SATURATION = 0.2  # about, where a study asks for as many copies as fit
DATASET_OVERHEAD = 2e5  # samples that a data set is worth beside its own, however small


def workload(cell: Cell, half: int = 0) -> Workload:
    """Of one data set of a cell, or of half of it."""
    space = make_space(cell.space, cell.window, cell.basis)
    size = cell.size or SIDE_OF_FILES
    samples = cell.micrographs * size**space.window.ndim / (2 if half else 1)
    density = cell.density or DENSITY_AT_SATURATION
    return Workload(space, samples, density, Spacing(cell.spacing))


def work(cell: Cell, run: Run) -> float:
    """Operations of one run on one data set; its samples where the estimator declares no
    cost, or one that cannot be worked out.
    """
    load, count = workload(cell, run.half), registry.declared(run.method).cost
    if count is None:
        return load.samples
    try:
        return float(max(1.0, count(load, run_options(run))))
    except Exception:  # a plugin's function: no plan breaks because of it
        return load.samples


def simulation(cell: Cell) -> float:
    """Samples of one data set at the size that is projected, and what takes as long as samples."""
    return DATASET_OVERHEAD + workload(cell).samples * _finer(cell)


def sites(cell: Cell) -> float:
    """Places that a copy may have on one micrograph, at the size that is projected."""
    return workload(cell).samples / cell.micrographs * _finer(cell)


def _finer(cell: Cell) -> float:
    """Samples that are projected to each of the measurement: (F / L)^d where F > L."""
    if cell.method != "full":
        return 1.0
    from mtdbench.simulation.targets.phantoms import DEFAULT_SIDE

    finer = (cell.full_size or DEFAULT_SIDE) / cell.window
    return max(1.0, finer) ** workload(cell).space.window.ndim


def bound(cell: Cell) -> float:
    """Operations of the bound of one data set; 0 where there is none."""
    from mtdbench.evaluate.cramer_rao import BOUND_LOGITS, FEWEST_PATCHES, bound_poses

    load = workload(cell)
    space = load.space
    least = FEWEST_PATCHES * (space.size + 2)
    separated = load.spacing is Spacing.WELL_SEPARATED
    given = cell.bound and cell.method == "expanded" and separated
    if not given or load.patches < least:
        return 0.0
    logits = load.overlap_count * len(space.poses(bound_poses(space)))
    patches = min(load.patches, max(BOUND_LOGITS / logits, least))
    return PASS_OVERHEAD + patches * (logits * load.product + float(space.size) ** 2)


def picking(cell: Cell) -> float:
    """Operations of picking one data set with one object: half a pass of EM over all patches, which
    sums nothing.
    """
    load = workload(cell)
    return pass_operations(load, load.patches, len(load.space.poses(load.space.default_poses))) / 2


def drawings(study: Study) -> float:
    """Sweeps that are drawn, and figures that the study names."""
    return float(len(study.sweeps) + len(study.figures))


def run_options(run: Run) -> dict[str, Any]:
    """All options of a run, those that are not given as their defaults."""
    return {**_defaults(run.method), **_given(run)}


def borrowed(run: Run) -> str | None:
    """The estimator whose result a run starts from, whose work is a run of its own."""
    start = _given(run).get("init")
    return start if start in registry.names() else None


def _given(run: Run) -> dict[str, Any]:
    """The options that a run is given, by their present names: tables of finished studies, which
    laws are fitted to, may have those of their time.
    """
    renamed = registry.declared(run.method).renamed
    return {renamed.get(name, name): value for name, value in run.options.items()}


@cache
def _defaults(method: str) -> dict[str, Any]:
    options, _ = read_options(registry.load_safely(method))
    return {name: option.default for name, option in options.items() if not option.is_required}
