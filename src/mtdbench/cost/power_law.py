"""Power laws, fitted to what was measured."""

from dataclasses import dataclass

import numpy as np
import scipy

LOG_SCATTER = 0.3  # of a logarithm; what lies much further off counts less
STEEPEST = 1.0  # work is operations: what grows faster is the overhead that small runs hide
LARGEST_MEAN = 3.0  # over the median


@dataclass(frozen=True, slots=True)
class Law:
    """value = exp(log_scale) work^exponent, as `rows` measurements have it."""

    log_scale: float
    exponent: float
    rows: int

    def __call__(self, work: float) -> float:
        """The value at that much work; work below 1 is 1."""
        return float(np.exp(self.log_scale + self.exponent * np.log(max(work, 1.0))))


def constant(value: float, rows: int = 0) -> Law:
    """The same value for any work."""
    return Law(float(np.log(max(value, 1e-12))), 0.0, rows)


def fitted(work: np.ndarray, values: np.ndarray, expected: float) -> Law:
    """The law that minimises, with a soft absolute value h,

        sum_i h((log value_i - a - b log work_i) / s) + ((b - expected) / s)^2 / 2,  0 <= b <= 1,

    so that measurements of one size leave the exponent at what is expected. The scale is then
    that of the mean in place of the median, since it is sums that are asked for.

    Parameters
    ----------
    work, values : arrays, shape (m,)
        Positive, m > 0.
    expected : float
    """
    x, y = np.log(np.maximum(work, 1.0)), np.log(values)
    middle = float(np.mean(x))

    def residual(theta: np.ndarray) -> np.ndarray:
        off = (y - theta[0] - theta[1] * (x - middle)) / LOG_SCATTER
        soft = np.sign(off) * np.sqrt(2 * (np.sqrt(1 + off**2) - 1))
        return np.append(soft, (theta[1] - expected) / LOG_SCATTER)

    start = np.array([np.median(y), np.clip(expected, 0.01, STEEPEST - 0.01)])
    bounds = ([-np.inf, 0], [np.inf, STEEPEST])
    a, b = scipy.optimize.least_squares(residual, start, bounds=bounds, xtol=1e-12, ftol=1e-12).x
    mean = np.mean(np.exp(y - a - b * (x - middle)))
    scale = a - b * middle + np.log(np.clip(mean, 1.0, LARGEST_MEAN))
    return Law(float(scale), float(b), len(y))
