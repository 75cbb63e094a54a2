"""Moments of a measurement, and the fit to them."""

import numpy as np

from mtdbench.estimators.autocorrelation.measured_problem import moment_problem
from mtdbench.estimators.autocorrelation.moment_solvers import fit_by_least_squares
from mtdbench.estimators.random_start import random_start
from mtdbench.moments.autocorrelations import lags
from mtdbench.moments.measured_moments import measured_moments
from mtdbench.perf.case import Case, Work
from mtdbench.perf.perf_data import dataset, noise
from mtdbench.spaces import Window

BOX = Window.cube(5, 2)


def _third_order() -> tuple[Work, Work]:
    stored = noise(2500)
    geometry, samples = lags(BOX), stored.astype(float)
    padded = np.pad(samples, 4)
    inner = tuple(slice(4, 4 + n) for n in samples.shape)

    def at(lag: np.ndarray) -> np.ndarray:
        return padded[
            tuple(slice(s.start + k, s.stop + k) for s, k in zip(inner, lag, strict=True))
        ]

    def loop() -> None:
        """What the papers' codes do: a pass in double precision for every pair of lags."""
        for a, b in geometry.pairs.T:
            np.sum(samples * at(geometry.lags[a]) * at(geometry.lags[b]))

    return lambda: measured_moments(stored[None], BOX), loop


def _fit() -> tuple[Work, None]:
    measurement, _ = dataset(space="disc", window=5, size=1000, snr=5.0, density=0.04)
    problem = moment_problem(measurement, BOX, "covariance")
    rng = np.random.default_rng(0)
    return lambda: fit_by_least_squares(problem, random_start(measurement, rng).x, 0.1), None


MOMENT_CASES = {
    "moments": Case("third-order autocorrelations, N=2500, L=5; bare: lag loop", _third_order, 2),
    "fit": Case("autocorrelation fit, one start, 703 moments", _fit, 10),
}
