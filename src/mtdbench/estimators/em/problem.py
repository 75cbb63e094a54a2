"""The EM problem: a measurement cut into patches, and how its likelihood is maximised."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mtdbench.estimators.em.iteration import EMState, iterate
from mtdbench.estimators.em.operator import EMOperator, Parameters, quickest_solver
from mtdbench.estimators.em.patch_likelihood import Likelihood, PatchLikelihood
from mtdbench.estimators.em.prior import Prior, prior_family
from mtdbench.estimators.random_start import GUESSED_DENSITY, random_start
from mtdbench.likelihood.pass_sums import PatchPass
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.model.patches import Patches, shifted_grids
from mtdbench.numerics.anderson import Accept, never_lower
from mtdbench.ranks.communicator import ONE_RANK, Ranks
from mtdbench.spaces import Space

CHEAP_LOGITS = 2**22  # in one pass; below, double precision is not felt


@dataclass(frozen=True, slots=True, eq=False)
class EMProblem:
    """What every phase of EM works on.

    Attributes
    ----------
    measurement : Measurement
    patches : tuple of (int, Patches)
        The patches of each optics group.
    likelihood : Likelihood
        That of patches, or the exact one of the signals that they are cut from.
    operator : EMOperator
        EM with all patches.
    memory : int
        Of the Anderson acceleration; 0 is plain EM.
    accept : Accept
        Which accelerated steps are taken.
    """

    measurement: Measurement
    patches: tuple[tuple[int, Patches], ...]
    likelihood: Likelihood
    operator: EMOperator
    memory: int
    accept: Accept = never_lower

    @property
    def space(self) -> Space:
        """What is estimated here; perhaps a coarser level of the measurement's space."""
        return self.operator.forward.space

    @property
    def ranks(self) -> Ranks:
        """The processes that share the patches."""
        return self.operator.ranks

    @property
    def count(self) -> int:
        """Patches of all optics groups, on all ranks."""
        return sum(len(patches) for _, patches in self.patches)

    @property
    def logits(self) -> int:
        """Patches x overlaps x poses: what one pass over all patches computes."""
        return self.count * self.operator.family.count * len(self.operator.poses)

    def prior(self, density: float) -> np.ndarray:
        """A prior over the overlaps to start from, at that density."""
        return self.operator.family.at(density * self.operator.forward.spread)

    @property
    def nothing(self) -> Parameters:
        """The parameters before the first phase: no object, as in a measurement of noise alone."""
        return Parameters(np.zeros(self.space.size), self.prior(GUESSED_DENSITY), 1.0)

    def random_start(self, rng: np.random.Generator) -> Parameters:
        """Random parameters that know the measurement's mean and energy."""
        start = random_start(self.measurement, rng, self.ranks)
        return Parameters(start.x, self.prior(GUESSED_DENSITY), start.sigma)

    def iterate(self, operator: EMOperator, start: Parameters) -> Iterator[EMState]:
        """EM with that operator from a start, accelerated."""
        return iterate(operator, start, self.memory, self.accept)

    def coarser(self, level: Space) -> "EMProblem":
        """The same in a coarser space, with fewer poses in proportion."""
        share = level.default_poses / self.space.default_poses
        count = max(1, round(share * self.operator.pose_count))
        forward = replace(self.operator.forward, space=level)
        solver = quickest_solver(forward)
        coarse = replace(self, operator=replace(self.operator, forward=forward, solver=solver))
        return replace(coarse, operator=coarse.with_poses(coarse.operator, count))

    @property
    def alone(self) -> "EMProblem":
        """The same on one rank: what is drawn of it is not shared."""
        return replace(self, operator=replace(self.operator, ranks=ONE_RANK))

    def part(self, rng: np.random.Generator, count: int) -> EMOperator:
        """The operator with at most `count` patches, drawn anew."""
        if count >= self.count:
            return self.operator
        fraction, sources = count / self.count, []
        for group, patches in self.patches:
            some = max(1, round(fraction * len(patches)))
            drawn = self.likelihood.drawn(patches, rng, some)
            sources.append((group, self.likelihood.source(self.operator, drawn)))
        return replace(self.operator, sources=tuple(sources))

    def fresh(self, rng: np.random.Generator, count: int) -> EMOperator:
        """As `part`, with the grid of poses rotated at random."""
        operator = self.part(rng, count)
        poses = operator.forward.randomly_rotated_poses(operator.poses, rng)
        return replace(operator, poses=poses)

    def with_poses(self, operator: EMOperator, count: int) -> EMOperator:
        """An operator of this problem with another number of poses, and sources that suit it."""
        operator = replace(operator, poses=self.operator.forward.poses(count))
        summed = count * len(operator.forward.grid_fractions)
        sources = [
            (group, self.likelihood.suited(operator, source, summed))
            for group, source in operator.sources
        ]
        return replace(operator, sources=tuple(sources))


def make_problem(
    measurement: Measurement,
    poses: int | None,
    prior: Prior,
    grids: int,
    precision: str,
    memory: int = 8,
    patch_pass: PatchPass | None = None,
    accept: Accept = never_lower,
    ranks: Ranks = ONE_RANK,
    subsamples: int = 1,
) -> EMProblem:
    """The problem of a measurement, on all patches of `grids` shifted grids. Poses are summed over
    with `subsamples` fractions of a sample along each axis, see `ForwardModel.between_samples`.

    Where precision is "auto" it is double for problems so small that nobody waits for it, and for
    pairs, the rarest of which move the likelihood by less than single precision sees.
    """
    space, forward = measurement.space, measurement.forward.between_samples(subsamples)
    grid = forward.poses(poses or space.default_poses)
    family = prior_family(prior, forward.support)
    logits = measurement.samples.size / forward.support.size * family.count * len(grid)
    cheap = logits < CHEAP_LOGITS
    double = precision == "double" or (precision == "auto" and (cheap or prior == "pairs"))
    dtype = np.float64 if double else np.float32
    patches = forward.patches(measurement.stack, shifted_grids(forward.support, grids))
    likelihood = PatchLikelihood(dtype, patch_pass)
    learn_sigma, solver = measurement.sigma is None, quickest_solver(forward)
    operator = EMOperator(forward, grid, (), family, learn_sigma, solver, ranks)
    sources = tuple((group, likelihood.source(operator, part)) for group, part in patches)
    operator = replace(operator, sources=sources)
    return EMProblem(measurement, patches, likelihood, operator, memory, accept)


def resized(parameters: Parameters, space: Space) -> Parameters:
    """The parameters in a coarser or finer level of their space."""
    x = parameters.x[: space.size]
    return replace(parameters, x=np.pad(x, (0, space.size - len(x))))


def to_estimate(state: EMState, problem: EMProblem, note: str, converged: bool | None) -> Estimate:
    """A state with all patches as an estimate."""
    p, operator = state.parameters, problem.operator
    return Estimate(
        x=p.x,
        density=operator.family.density(p.prior) / operator.forward.spread,
        objective=state.objective,
        prior=p.prior,
        sigma=p.sigma,
        pairs=operator.family.separations(p.prior),
        iterations=state.iteration,
        converged=converged,
        note=note,
    )


def on_the_way(state: EMState, problem: EMProblem, note: str) -> Estimate:
    """A state of an earlier phase, perhaps on a coarser level of the space, as an estimate; without
    its objective, which is not that of the whole problem.
    """
    grown = replace(state, parameters=resized(state.parameters, problem.space))
    return replace(to_estimate(grown, problem, note, False), objective=None)
