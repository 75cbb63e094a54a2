"""What an EM run works on: the patches of a measurement, and the task of using all of them."""

from dataclasses import dataclass, replace

import numpy as np

from mtdbench.estimators.em.prior import Prior, density_of, family
from mtdbench.estimators.em.step import Parameters, State, Task
from mtdbench.estimators.random_start import GUESSED_DENSITY, random_start
from mtdbench.likelihood.e_step import Source
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.model.patches import Patches, shifted_grids
from mtdbench.spaces import Space

CHEAP_LOGITS = 2**22  # in one pass; below, double precision is not felt


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """The patches, their type in the kernel, the number of views, and the task with all of it."""

    patches: Patches
    dtype: type
    views: int
    task: Task

    @property
    def space(self) -> Space:
        """What is estimated here."""
        return self.task.space

    @property
    def logits(self) -> int:
        """Patches x views x poses: what one pass over all patches computes."""
        return len(self.patches) * self.views * len(self.task.poses)

    def prior(self, density: float) -> np.ndarray:
        """A prior over the views to start from, at that density."""
        return self.task.family.at(density)

    def random_start(self, measurement: Measurement, rng: np.random.Generator) -> Parameters:
        """Random parameters that know the measurement's mean and energy."""
        start = random_start(measurement, rng, self.views)
        return replace(start, prior=self.prior(GUESSED_DENSITY))

    def coarser(self, level: Space) -> "Problem":
        """The same in a coarser space, with fewer poses in proportion."""
        share = level.default_poses / self.space.default_poses
        poses = level.poses(max(1, round(share * len(self.task.poses))))
        return replace(self, task=replace(self.task, space=level, poses=poses))

    def part(self, rng: np.random.Generator, count: int) -> Task:
        """The task with at most `count` patches, drawn anew."""
        if count >= len(self.patches):
            return self.task
        drawn = Source.of(self.patches.sample(rng, count), self.dtype)
        return replace(self.task, source=drawn)

    def fresh(self, rng: np.random.Generator, count: int) -> Task:
        """As `part`, with the grid of poses turned at random."""
        task = self.part(rng, count)
        return replace(task, poses=task.space.turned(task.poses, rng))


def make_problem(
    measurement: Measurement, poses: int | None, prior: Prior, grids: int, precision: str
) -> Problem:
    """The problem of a measurement, on all patches of `grids` shifted grids.

    Where precision is "auto" it is double for problems so small that nobody waits for it, and for
    pairs, the rarest of which move the likelihood by less than single precision sees.
    """
    space, ndim = measurement.space, measurement.space.ndim_measurement
    grid = space.poses(poses or space.default_poses)
    views = family(prior, space).views
    cheap = measurement.samples.size / space.window**ndim * views * len(grid) < CHEAP_LOGITS
    offsets = shifted_grids(space.window, ndim, grids)
    patches = Patches(measurement.samples, space.window, offsets)
    double = precision == "double" or (precision == "auto" and (cheap or prior == "pairs"))
    dtype = np.float64 if double else np.float32
    task = Task(space, grid, Source.of(patches, dtype), prior, measurement.sigma is None)
    return Problem(patches, dtype, views, task)


def is_volume(space: Space) -> bool:
    """Whether what is measured are projections, so that its place in the window is free."""
    return space.ndim > space.ndim_measurement


def resized(parameters: Parameters, space: Space) -> Parameters:
    """The parameters in a coarser or finer level of their space."""
    x = parameters.x[: space.size]
    return replace(parameters, x=np.pad(x, (0, space.size - len(x))))


def to_estimate(state: State, problem: Problem, note: str, converged: bool | None) -> Estimate:
    """A state with all patches as an estimate."""
    p = state.parameters
    return Estimate(
        x=p.x,
        density=density_of(p.prior, problem.space),
        objective=state.objective,
        prior=p.prior,
        sigma=p.sigma,
        pairs=problem.task.family.separations(p.prior),
        iterations=state.iteration,
        converged=converged,
        note=note,
    )


def on_the_way(state: State, problem: Problem, note: str) -> Estimate:
    """A state of an earlier stage, perhaps on a coarser level of the space, as an estimate; without
    its objective, which is not that of the whole problem.
    """
    grown = replace(state, parameters=resized(state.parameters, problem.space))
    return replace(to_estimate(grown, problem, note, False), objective=None)
