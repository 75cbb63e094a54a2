"""How much work a run is, known before it runs: the operations of each method, roughly.

Only products of what a study file says; how often a method iterates until it has converged is a
constant here. What the operations take is measured, see `mtdbench.cost.calibrate`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from mtdbench.estimators import registry
from mtdbench.model.shifts import overlaps
from mtdbench.spaces import Space, make_space
from mtdbench.study.plan import Cell, Run
from mtdbench.study.schema import Study

SATURATED = 0.2  # density, about, where a study asks for as many copies as fit
ITERATIONS = 20  # of EM with all patches, where it may converge
SEPARATIONS = 60  # the same where it finds the separations of copies too, which go on changing
STEPS = 25  # of a least-squares fit
GRADIENTS = 400  # of a quasi-Newton fit
FINISH = 10  # steps of least squares after it
TOUCHED = 20  # operations that a sine is worth
PASS = 2e7  # that a pass of EM takes beside its products, however few there are
SHARED = 3  # poses that a view of a patch is worth in a pass, beside those it is seen in
FITTED = 1e6  # the same of a step of a fit of moments
MEASURED = 7e8  # of measuring a characteristic function
PLACED = 2e5  # samples that a data set is worth beside its own, however small

Passes = tuple[int, float, float]
"""Of EM: how many, patches and poses of each."""


@dataclass(frozen=True)
class Size:
    """What the work of a run depends on: the space, the samples of the measurement, the density,
    whether copies only must not overlap, and how many pairs of copies a patch may see then.
    """

    space: Space
    samples: float
    density: float
    crowded: bool = False
    pairs: int = 0

    @cached_property
    def pixels(self) -> int:
        """L^d."""
        return self.space.window.size

    @cached_property
    def views(self) -> int:
        """(2L - 1)^d + 1, and those of two copies."""
        return len(self.space.window.shifts) + 1 + self.pairs

    @property
    def patches(self) -> float:
        """Of L^d, on one grid."""
        return self.samples / self.pixels

    @property
    def product(self) -> float:
        """Operations to a logit: a product over what a view sees of a patch, an exponential."""
        return float(self.pixels / 2**self.space.window.ndim + TOUCHED / 3)

    @cached_property
    def translates(self) -> int:
        """That a method tries around an estimate."""
        return sum(1 for _ in self.space.shift_candidates(np.ones(self.space.size)))


def size(cell: Cell, half: int = 0) -> Size:
    """Of one data set of a cell, or of half of it."""
    space = make_space(cell.space, cell.window, cell.basis)
    samples = cell.micrographs * cell.size**space.window.ndim / (2 if half else 1)
    crowded = cell.spacing == "arbitrary"
    pairs = 0
    if crowded and space.has_ordered_copies:
        pairs = len(overlaps(space.window, pairs=True).pairs)
    return Size(space, samples, cell.density or SATURATED, crowded, pairs)


def work(cell: Cell, run: Run) -> float:
    """Operations of one run on one data set; of an estimator that is not ours, its samples."""
    here = size(cell, run.half)
    if run.method not in WORK:
        return here.samples
    return float(max(1.0, WORK[run.method](here, options(run))))


def simulation(cell: Cell) -> float:
    """Samples of one data set at the size that is projected, and what takes as long as samples."""
    return PLACED + size(cell).samples * _finer(cell)


def sites(cell: Cell) -> float:
    """Places that a copy may have on one micrograph, at the size that is projected."""
    return size(cell).samples / cell.micrographs * _finer(cell)


def _finer(cell: Cell) -> float:
    """Samples that are projected to each of the measurement: (F / L)^d where F > L."""
    if cell.method != "full":
        return 1.0
    from mtdbench.simulation.targets.phantoms import DEFAULT_SIDE

    return max(1.0, (cell.full_size or DEFAULT_SIDE) / cell.window) ** size(cell).space.window.ndim


def bound(cell: Cell) -> float:
    """Operations of the bound of one data set; 0 where there is none."""
    from mtdbench.evaluate.cramer_rao import FEWEST, LOGITS, bound_poses

    here = size(cell)
    space = here.space
    least = FEWEST * (space.size + 2)
    given = cell.bound and cell.method == "expanded" and cell.spacing == "well-separated"
    if not given or here.patches < least:
        return 0.0
    logits = here.views * len(space.poses(bound_poses(space)))
    patches = min(here.patches, max(LOGITS / logits, least))
    return PASS + patches * (logits * here.product + float(space.size) ** 2)


def picking(cell: Cell) -> float:
    """Operations of picking one data set with one object: half a pass of EM over all patches, which
    sums nothing.
    """
    here = size(cell)
    return _pass(here, here.patches, len(here.space.poses(here.space.default_poses))) / 2


def drawings(study: Study) -> float:
    """Sweeps that are drawn, and figures that the study names."""
    return float(len(study.sweeps) + len(study.figures))


def options(run: Run) -> dict[str, Any]:
    """All options of a run, those that are not given as their defaults."""
    return {**_defaults(run.method), **run.options}


def borrowed(run: Run) -> str | None:
    """The estimator whose result a run starts from, whose work is a run of its own."""
    start = run.options.get("init")
    return start if start in registry.names() else None


@cache
def _defaults(method: str) -> dict[str, Any]:
    fields = registry.options(method, registry.load(method)).model_fields
    return {name: field.default for name, field in fields.items() if not field.is_required()}


def _oracle(size: Size, o: dict[str, Any]) -> float:
    """A normal matrix of each copy."""
    return size.samples * size.density * size.space.size


def _pass(size: Size, patches: float, poses: float) -> float:
    """Of EM: a product and an exponential to each logit, and what the poses of a view share."""
    return PASS + patches * size.views * (poses + SHARED) * size.product


def _em(size: Size, o: dict[str, Any]) -> float:
    """All passes: over all patches or those drawn, of the choice of a start, of coarser levels."""
    from mtdbench.estimators.em.em import PASS_LOGITS
    from mtdbench.estimators.em.full_batch import PUBLISHED_RULE

    space = size.space
    poses = len(space.poses(o["poses"] or space.default_poses))
    patches, volume = size.patches * o["n_grids"], space.place_is_free
    share, starts = o["batch_fraction"], o["n_init"] or (3 if volume else 8)
    iterations = min(o["iterations"], SEPARATIONS if size.pairs else ITERATIONS)
    if o["stopping_rule"] == "published":
        share, starts, iterations = 1, 1, min(iterations, PUBLISHED_RULE.iterations)
    drawn = patches * (share or 1)
    if volume and share is None:
        drawn = min(patches, PASS_LOGITS / (size.views * poses))
    parts: list[Passes] = [(iterations, drawn, poses)]
    if o["init"] == "random":
        parts += [_pilot(size, patches, poses, starts)] if starts > 1 else []
        parts += _march(size, patches, drawn, poses) if volume else []
    return sum(passes * _pass(size, *each) for passes, *each in parts)


def _pilot(size: Size, patches: float, poses: int, starts: int) -> Passes:
    """The race of several starts, and moving the best."""
    from mtdbench.estimators.em.restarts import RACE_LOGITS, RACE_PATCHES, RACE_POSES, ROUND

    level = size.space.resolution_levels()[0]
    poses = max(1, round(poses * level.default_poses / size.space.default_poses))
    if not size.space.place_is_free:
        poses = min(poses, RACE_POSES)
    count = min(patches, max(RACE_PATCHES, RACE_LOGITS / (size.views * poses)))
    return 2 * ROUND * starts + ROUND * size.translates, count, poses


def _march(size: Size, patches: float, drawn: float, poses: int) -> list[Passes]:
    """Those of each coarser level."""
    from mtdbench.estimators.em.frequency_marching import LEVEL_ITERATIONS, LEVEL_PATCHES

    levels = size.space.resolution_levels()
    shares = [level.default_poses / size.space.default_poses for level in levels[:-1] or levels]
    counts = [min(patches, max(LEVEL_PATCHES, share * drawn)) for share in shares]
    return [(LEVEL_ITERATIONS, n, share * poses) for n, share in zip(counts, shares, strict=True)]


def _moments(size: Size, o: dict[str, Any]) -> float:
    """The fit of the moments."""
    from mtdbench.estimators.autocorrelation.autocorrelation import MOST_COVARIANCE, chosen_box
    from mtdbench.estimators.autocorrelation.moment_problem import LARGEST_JACOBIAN
    from mtdbench.moments.autocorrelations import lags
    from mtdbench.moments.bispectrum import rotation_invariants
    from mtdbench.moments.neighbour_terms import neighbour_geometry

    space = size.space
    box = chosen_box(space, o["width"], "a plan")
    geometry = lags(box)
    if rotation_invariants(space) is not None:  # a fit of few numbers, whatever the moments
        return o["n_init"] * STEPS * (FITTED + float(space.size) ** 2)
    others = neighbour_geometry(space.window, box).count if size.crowded else 0
    columns = space.size + others + 1
    model = len(space.quadrature()[0]) * size.pixels * float(len(geometry.lags)) ** 2
    weighted = float(geometry.count) ** 2 if geometry.count <= MOST_COVARIANCE else 0.0
    step = FITTED + columns * (model + weighted)
    if geometry.count * (columns - 1) <= LARGEST_JACOBIAN:
        return o["n_init"] * STEPS * step
    return o["n_init"] * (GRADIENTS * (FITTED + 4 * (model + weighted)) + FINISH * step)


def _autocorrelation(size: Size, o: dict[str, Any]) -> float:
    """The moments of the measurement, and their fit."""
    from mtdbench.estimators.autocorrelation.autocorrelation import chosen_box
    from mtdbench.moments.autocorrelations import lags

    box = chosen_box(size.space, o["width"], "a plan")
    count = len(lags(box).lags)
    return size.samples * float(count) ** 2 + _moments(size, o)


def _characteristic(size: Size, o: dict[str, Any]) -> float:
    """Waves of windows and of views."""
    space, wave = size.space, size.pixels + TOUCHED
    starts = o["n_init"] or (2 if space.place_is_free else 10)
    poses = len(space.poses(o["poses"] or space.default_poses))
    measured = MEASURED * (1 + o["stages"])
    read = (0.5 + o["stages"]) * min(size.samples, o["windows"]) * wave
    one = poses * (2 * size.views * wave + size.pixels * space.size)
    return measured + o["frequencies"] * (read + STEPS * (starts / 2 + o["stages"]) * one)


def _cryogan(size: Size, o: dict[str, Any]) -> float:
    """Waves of the windows that the critic sees in all steps."""
    from mtdbench.estimators.cryogan.cryogan import WARMUP
    from mtdbench.estimators.cryogan.settings import SETTINGS
    from mtdbench.estimators.cryogan.start_selection import FREQUENCIES, PART, STEPS, WINDOWS

    how, space = SETTINGS[o["setting"]], size.space
    starts = o["n_init"] or min(how.starts, 2 if space.place_is_free else how.starts)
    places = space.window.places_in(space.window.times(o["width"]))
    batch = o["batch"] or max(1, how.batch // places)
    window = places * o["waves"] * (size.pixels + 5 * TOUCHED)
    race = starts * (WARMUP + STEPS) / PART if starts > 1 else WARMUP
    ranked = FREQUENCIES * min(size.samples, WINDOWS) * size.pixels if starts > 1 else 0
    return float((o["steps"] + race) * (1 + how.critic_steps) * batch * window + ranked)


WORK: dict[str, Callable[[Size, dict[str, Any]], float]] = {
    "zero": lambda size, o: 1.0,
    "oracle": _oracle,
    "em": _em,
    "autocorrelation": _autocorrelation,
    "clean-moments": _moments,
    "characteristic": _characteristic,
    "cryogan": _cryogan,
}
