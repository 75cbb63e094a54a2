"""Matching the characteristic function of windows: distribution matching with a fixed critic."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mtdbench.estimators.characteristic_fit import CharacteristicFit
from mtdbench.estimators.checks import at_least, well_separated
from mtdbench.estimators.em_starts import GUESSED_DENSITY, random_start
from mtdbench.estimators.frequencies import aligned, scattered
from mtdbench.estimators.least_squares import Fit, levenberg_marquardt
from mtdbench.estimators.weights import covariance_weights
from mtdbench.kernels.characteristic import measured
from mtdbench.measurement import Estimate, Measurement

LONGEST = 1.2  # 1 / sigma: noise damps what lies beyond to less than half
PHASE = 3.0  # radian, of a typical view at a typical frequency: more would fold the landscape
SCATTER = 0.7  # of the directions of frequencies about those of views
UNSEEN = 1e-8  # of the largest eigenvalue: directions that windows say nothing about
STEPS = 200
TOLERANCES = {"ftol": 1e-6, "xtol": 1e-6, "gtol": 1e-10}


def characteristic(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    starts: int = 10,
    frequencies: int = 600,
    stages: int = 1,
    poses: int | None = None,
    windows: int = 2**20,
) -> Iterator[Estimate]:
    """The object whose windows have the characteristic function of the measurement's windows.

    Weighted least squares in (x, gamma), and sigma where that is not known, over windows at any
    offset, the weights the inverse covariance of what was measured. Random starts are fitted at
    random frequencies; each further stage measures anew at frequencies half of which are chosen
    from the last estimate, and goes on from there.

    Options
    -------
    starts : random starts.
    frequencies : of each further stage; the first has half as many.
    stages : further ones, after the first.
    poses : K, the number of poses averaged over; the space's own where None.
    windows : at most so many are read.

    Source: Feuerverger, McDunnough, *On the efficiency of empirical characteristic function
    procedures*, J. R. Stat. Soc. B 43 (1981); for windows of a measurement it is ours.
    """
    counts = {"starts": starts, "frequencies": frequencies, "poses": poses, "windows": windows}
    at_least("characteristic", 1, **counts)
    at_least("characteristic", 0, stages=stages)
    well_separated("characteristic", measurement)
    first = [random_start(measurement, rng, 2) for _ in range(starts)]
    draws, noise = [start.x for start in first], first[0].sigma
    problem = _Problem(measurement, noise, poses or measurement.space.default_poses, windows)
    fit = problem.at(problem.scattered(rng, -(-frequencies // 2), draws[0]))
    best, note = None, ""
    for tried, x in enumerate(draws, start=1):
        this = problem.fitted(fit, x, GUESSED_DENSITY)
        if best is None or this.cost < best.cost:
            best = this
        note = f"best of {tried} random starts"
        yield problem.estimate(best, note, fit, stages == 0)
    assert best is not None
    for stage in range(1, stages + 1):
        longest = problem.resolved(fit, best)
        half = problem.scattered(rng, frequencies // 2, best.x)
        other = aligned(rng, frequencies - len(half), measurement.space, best.x, longest, SCATTER)
        fit = problem.at(np.concatenate([half, other]))
        best = problem.fitted(fit, best.x, best.density, best.others)
        yield problem.estimate(best, f"{note}, stage {stage + 1}", fit, stage == stages)


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """The measurement, sigma or a guess at it, the number of poses, and how many windows are
    read.
    """

    measurement: Measurement
    noise: float
    poses: int
    windows: int

    def scattered(self, rng: np.random.Generator, count: int, x: np.ndarray) -> np.ndarray:
        """Frequencies in random directions, of phases that are told apart for an object x."""
        space = self.measurement.space
        seen = space.project(x, space.poses(self.poses))
        longest = min(LONGEST / self.noise, PHASE / float(np.sqrt(np.mean(seen**2))))
        return scattered(rng, count, seen.shape[1], longest / 10, longest)

    def resolved(self, fit: CharacteristicFit, at: Fit) -> float:
        """The longest frequency at which the error of the fit is less than a radian.

        What no data tells, how the object is turned as a whole, is no error.
        """
        theta = np.concatenate([at.x, at.others, [np.log(at.density)]])
        jacobian = fit.jacobian(theta)
        covariance = np.linalg.pinv(jacobian.T @ jacobian, UNSEEN, hermitian=True)
        covariance = covariance[: len(at.x), : len(at.x)]
        ones = np.ones((len(fit.poses), fit.frequencies.shape[1]))
        square = np.sum(covariance * self.measurement.space.normal(ones, fit.poses)) / len(ones)
        return min(LONGEST / self.noise, 1 / float(np.sqrt(square)))

    def at(self, frequencies: np.ndarray) -> CharacteristicFit:
        """The least-squares problem at some frequencies."""
        measurement, space = self.measurement, self.measurement.space
        moments = measured(measurement.stack, space.window, frequencies, self.windows)
        weights = covariance_weights(moments, np.ones(len(moments.values), dtype=bool))
        return CharacteristicFit(
            space, space.poses(self.poses), frequencies, moments.values, weights, measurement.sigma
        )

    def fitted(
        self,
        fit: CharacteristicFit,
        x: np.ndarray,
        density: float,
        others: np.ndarray | None = None,
    ) -> Fit:
        """The local minimum near x."""
        if others is None:
            others = np.zeros(0) if fit.sigma else np.log([self.noise])
        return levenberg_marquardt(fit, x, density, STEPS, others, TOLERANCES)

    def estimate(self, fit: Fit, note: str, at: CharacteristicFit, last: bool) -> Estimate:
        """What is given back."""
        count = len(at.frequencies)
        return Estimate(
            fit.x,
            density=fit.density,
            objective=fit.cost,
            sigma=at.sigma or float(np.exp(fit.others[0])),
            converged=fit.converged and last,
            note=f"{note}, {count} frequencies, {fit.cost:.0f} half the sum of squares",
        )
