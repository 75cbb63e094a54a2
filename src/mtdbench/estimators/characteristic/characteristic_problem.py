"""Matching characteristic functions: which frequencies, which weights, and the fit itself."""

from dataclasses import dataclass

import numpy as np

from mtdbench.estimators.characteristic.frequencies import scattered
from mtdbench.estimators.characteristic.residuals import CharacteristicResiduals
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.moments.characteristic_function import measured_characteristic
from mtdbench.moments.weights import covariance_weights
from mtdbench.numerics.least_squares import LeastSquaresResult, bounded_least_squares

LONGEST = 1.6  # 1 / sigma: noise damps what lies beyond to less than .3
PHASE = 3.0  # radian, of a typical view at a typical frequency: more would fold the landscape
UNSEEN = 1e-8  # of the largest eigenvalue: directions that windows say nothing about
STEPS = 200
TOLERANCES = {"ftol": 1e-6, "xtol": 1e-6, "gtol": 1e-10}


@dataclass(frozen=True, slots=True, eq=False)
class CharacteristicProblem:
    """The measurement, sigma or a guess at it, the number of poses, and how many windows are
    read at most.
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

    def resolved(self, fit: CharacteristicResiduals, at: LeastSquaresResult) -> float:
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

    def at(self, frequencies: np.ndarray) -> CharacteristicResiduals:
        """The least-squares problem at some frequencies."""
        measurement, space = self.measurement, self.measurement.space
        moments = measured_characteristic(
            measurement.stack, space.window, frequencies, self.windows
        )
        weights = covariance_weights(moments, np.ones(len(moments.values), dtype=bool))
        return CharacteristicResiduals(
            space, space.poses(self.poses), frequencies, moments.values, weights, measurement.sigma
        )

    def fitted(
        self,
        fit: CharacteristicResiduals,
        x: np.ndarray,
        density: float,
        others: np.ndarray | None = None,
    ) -> LeastSquaresResult:
        """The local minimum near x."""
        if others is None:
            others = np.zeros(0) if fit.sigma else np.log([self.noise])
        return bounded_least_squares(fit, x, density, STEPS, others, TOLERANCES)

    def cost(self, fit: CharacteristicResiduals, estimate: Estimate) -> float:
        """Half the weighted sum of squares at an estimate with its density and sigma: how well it
        explains the windows, without a likelihood.
        """
        assert estimate.density is not None and estimate.sigma is not None
        others = [] if fit.sigma else [np.log(estimate.sigma)]
        theta = np.concatenate([estimate.x, others, [np.log(estimate.density)]])
        return float(np.sum(fit.residual(theta) ** 2)) / 2
