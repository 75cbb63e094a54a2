"""EM of whole micrographs: copies lie anywhere, whole, and keep their distance."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators.em.activity_prior import ActivityPrior
from mtdbench.estimators.em.operator import EMOperator, quickest_solver
from mtdbench.estimators.em.phase import Phase, PhaseSteps, Reached
from mtdbench.estimators.em.problem import EMProblem
from mtdbench.likelihood.e_step import DataSource
from mtdbench.likelihood.micrograph_source import MicrographSource
from mtdbench.model.measurement import Measurement
from mtdbench.model.patches import Patches
from mtdbench.model.separations import least_separation
from mtdbench.model.tiles import Tiled, tiling
from mtdbench.ranks.communicator import ONE_RANK, Ranks

CHOICES: Mapping[str, tuple[Any, ...]] = {
    "prior": (None, "uniform"),
    "n_grids": (1,),
    "subsamples": (1,),
}
"""The options of em that whole micrographs leave no choice of."""

CHEAP_PRODUCTS = 2**26  # places x poses; below, double precision is not felt

DRAWN_PLACES = 2**21  # of an iteration of stochastic EM


@dataclass(frozen=True, slots=True)
class MicrographLikelihood:
    """The likelihood of the micrographs that patches are cut from.

    Attributes
    ----------
    least : tuple of d ints
        The least distance of two copies.
    dtype : type
        That of the products.
    """

    least: tuple[int, ...]
    dtype: type

    def drawn(self, patches: Patches, rng: np.random.Generator, count: int) -> Patches:
        """About so many patches, those of whole tiles."""
        chosen = self._tiling(replace(patches, chosen=np.arange(0))).drawn(patches, rng, count)
        return replace(patches, chosen=chosen)

    def source(self, operator: EMOperator, patches: Patches) -> DataSource:
        """The source of the tiles that the patches are in, of which each rank has its share."""
        return MicrographSource.of(patches, self.least, self.dtype, operator.ranks)

    def suited(self, operator: EMOperator, source: DataSource, poses: int) -> DataSource:
        """The source itself, whatever the poses, if it has the share of the operator's rank."""
        ours = operator.ranks.size == 1 and len(source.share) == len(source.patches)
        return source if ours else self.source(operator, source.patches)

    def _tiling(self, patches: Patches) -> Tiled:
        return tiling(patches, self.least)


@dataclass(frozen=True, slots=True)
class OnPatches:
    """The phase: others, of the patches of the same measurement, where starts are chosen.

    Attributes
    ----------
    patches : EMProblem
    phases : tuple of Phase
    """

    patches: EMProblem
    phases: tuple[Phase, ...]

    def __call__(
        self, problem: EMProblem, reached: Reached, rng: np.random.Generator
    ) -> PhaseSteps:
        """Where the last of them ended, with the prior of its density."""
        reached = Reached(self.patches.nothing, "")
        for phase in self.phases:
            reached = yield from phase(self.patches, reached, rng)
        operator = self.patches.operator
        density = operator.family.density(reached.parameters.prior) / operator.forward.spread
        prior = problem.prior(density)
        return Reached(replace(reached.parameters, prior=prior), reached.note)


def drawn_patches(problem: EMProblem, places: int = DRAWN_PLACES) -> int:
    """Patches of an iteration of stochastic EM: as many places as it affords, whatever the poses,
    of which only those are summed over that a screen leaves open.
    """
    return min(problem.count, max(1, places // problem.space.window.size))


def micrograph_problem(
    measurement: Measurement,
    poses: int | None,
    precision: str,
    ranks: Ranks = ONE_RANK,
) -> EMProblem:
    """The problem of whole micrographs, or signals. What is reported per patch is per L^d samples.

    Parameters
    ----------
    measurement : Measurement
        Without a filter.
    poses : int or None
        K; the space's own where None.
    precision : str
        Of the products; "auto" is double where that costs little.
    ranks : Ranks
        Each has its share of the tiles.

    Raises
    ------
    InputError
        If nothing was measured at all.
    """
    space, forward = measurement.space, measurement.forward
    if forward.measured is not None and not np.any(forward.measured):
        raise InputError("a mask that leaves no sample: expected samples that were measured")
    grid = forward.poses(poses or space.default_poses)
    cheap = precision == "auto" and measurement.samples.size * len(grid) < CHEAP_PRODUCTS
    dtype = np.float64 if cheap or precision == "double" else np.float32
    least = least_separation(space.window, measurement.spacing)
    likelihood = MicrographLikelihood(least, dtype)
    patches = Patches(
        measurement.stack,
        space.window,
        background=forward.background,
        measured=forward.measured,
    )
    family, learn_sigma = ActivityPrior(space.window, least), measurement.sigma is None
    operator = EMOperator(forward, grid, (), family, learn_sigma, quickest_solver(forward), ranks)
    operator = replace(operator, sources=((0, likelihood.source(operator, patches)),))
    return EMProblem(measurement, ((0, patches),), likelihood, operator, memory=0)


def check_micrographs(measurement: Measurement, **options: Any) -> None:
    """Check that whole micrographs can be summed over, and that the options go with it.

    Raises
    ------
    InputError
        If it is seen through a filter, or if an option of `CHOICES` is another.
    """
    if "filter" in measurement.forward.features:
        raise InputError(
            "a measurement with a filter for em with likelihood 'micrographs': expected 'patches'"
        )
    for name, value in options.items():
        if name in CHOICES and value not in CHOICES[name]:
            named = [repr(valid) for valid in CHOICES[name] if valid is not None]
            raise InputError(
                f"option {name}={value!r} of em with likelihood 'micrographs':"
                f" expected {' or '.join(named)}"
            )
