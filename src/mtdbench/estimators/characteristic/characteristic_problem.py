"""Matching characteristic functions: which frequencies, which weights, and the fit itself."""

from dataclasses import dataclass

import numpy as np

from mtdbench.estimators.characteristic.frequencies import scattered
from mtdbench.estimators.characteristic.residuals import CharacteristicResiduals
from mtdbench.estimators.density_fit import DensityFit, fit_density, join_theta
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.moments.characteristic_function import measured_characteristic
from mtdbench.moments.weights import covariance_weights
from mtdbench.ranks.communicator import ONE_RANK, Ranks

LONGEST_FREQUENCY = 1.6  # 1 / sigma: noise damps what lies beyond to less than .3
LARGEST_PHASE = (
    3.0  # radian, of a typical view at a typical frequency: more would fold the landscape
)
UNSEEN_EIGENVALUE = 1e-8  # of the largest eigenvalue: directions that windows say nothing about
MATCHING_STEPS = 200
MATCHING_TOLERANCES = {"ftol": 1e-6, "xtol": 1e-6, "gtol": 1e-10}


@dataclass(frozen=True, slots=True, eq=False)
class CharacteristicProblem:
    """The measurement, sigma or a guess at it, the number of poses, how many windows are read at
    most, and the ranks that share them.
    """

    measurement: Measurement
    noise: float
    poses: int
    windows: int
    ranks: Ranks = ONE_RANK

    def scattered(self, rng: np.random.Generator, count: int, x: np.ndarray) -> np.ndarray:
        """Frequencies in random directions, of phases that are told apart for an object x."""
        forward = self.measurement.forward
        seen = forward.project(x, forward.space.poses(self.poses))
        longest = min(
            LONGEST_FREQUENCY / self.noise, LARGEST_PHASE / float(np.sqrt(np.mean(seen**2)))
        )
        return scattered(rng, count, seen.shape[1], longest / 10, longest)

    def resolved(self, fit: CharacteristicResiduals, at: DensityFit) -> float:
        """The longest frequency at which the error of the fit is less than a radian.

        What no data tells, how the object is rotated as a whole, is no error.
        """
        jacobian = fit.jacobian(at.theta)
        covariance = np.linalg.pinv(jacobian.T @ jacobian, UNSEEN_EIGENVALUE, hermitian=True)
        covariance = covariance[: len(at.x), : len(at.x)]
        ones = np.ones((len(fit.poses), fit.frequencies.shape[1]))
        square = np.sum(covariance * self.measurement.forward.normal(ones, fit.poses)) / len(ones)
        return min(LONGEST_FREQUENCY / self.noise, 1 / float(np.sqrt(square)))

    def at(self, frequencies: np.ndarray) -> CharacteristicResiduals:
        """The least-squares problem at some frequencies; without what does not scatter: waves so
        long that single precision does not tell them from none.
        """
        measurement, forward = self.measurement, self.measurement.forward
        moments = measured_characteristic(
            measurement.stack,
            forward.support,
            frequencies,
            self.windows,
            ranks=self.ranks,
            background=forward.background,
            measured=forward.measured,
        )
        weights = covariance_weights(moments, np.ptp(moments.tiles, axis=0) > 0)
        return CharacteristicResiduals(
            forward,
            forward.space.poses(self.poses),
            frequencies,
            moments.values,
            weights,
            measurement.sigma,
        )

    def fitted(
        self,
        fit: CharacteristicResiduals,
        x: np.ndarray,
        density: float,
        others: np.ndarray | None = None,
    ) -> DensityFit:
        """The local minimum near x."""
        if others is None:
            others = np.zeros(0) if fit.sigma else np.log([self.noise])
        return fit_density(fit, x, others, density, MATCHING_STEPS, MATCHING_TOLERANCES)

    def cost(self, fit: CharacteristicResiduals, estimate: Estimate) -> float:
        """Half the weighted sum of squares at an estimate with its density and sigma: how well it
        explains the windows, without a likelihood.
        """
        assert estimate.density is not None and estimate.sigma is not None
        others = np.log([] if fit.sigma else [estimate.sigma])
        theta = join_theta(estimate.x, others, estimate.density)
        return float(np.sum(fit.residual(theta) ** 2)) / 2
