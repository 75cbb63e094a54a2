"""The centre and the confidence band of independent trials."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
RESAMPLES = 2000
BANDED = 6  # values of which the least and the largest hold the median with that probability
WORDS = "geometric mean over independent trials, with 95 % Student-t intervals of the mean log"


def positive(values: Iterable[float]) -> np.ndarray:
    """The finite positive ones among `values`: what a logarithmic axis can show."""
    array = np.asarray(list(values), dtype=float)
    return array[np.isfinite(array) & (array > 0)]


def geometric_mean(values: Iterable[float]) -> float:
    """Geometric mean of the finite positive values; NaN where there are none."""
    array = positive(values)
    return float(np.exp(np.log(array).mean())) if array.size else float("nan")


def geometric_interval(values: Iterable[float]) -> tuple[float, float]:
    """The 95 % confidence interval of the geometric mean, by Student's t on the logarithms.

    Errors and run times vary by factors, so their logarithms are nearer to normal than they are.
    With fewer than two values there is no interval: (NaN, NaN).
    """
    logs = np.log(positive(values))
    if logs.size < 2:
        return float("nan"), float("nan")
    half = stats.t.ppf(0.5 + CONFIDENCE / 2, logs.size - 1) * logs.std(ddof=1) / np.sqrt(logs.size)
    low, high = np.exp(logs.mean() + np.array([-half, half]))
    return float(low), float(high)


def mean_interval(values: Iterable[float]) -> tuple[float, float]:
    """The 95 % confidence interval of the arithmetic mean by Student's t: of shares, which do not
    vary by factors. With fewer than two values: (NaN, NaN).
    """
    array = np.asarray(list(values), dtype=float)
    if array.size < 2:
        return float("nan"), float("nan")
    spread = array.std(ddof=1) / np.sqrt(array.size)
    half = stats.t.ppf(0.5 + CONFIDENCE / 2, array.size - 1) * spread
    return float(array.mean() - half), float(array.mean() + half)


def median_interval(values: Iterable[float]) -> tuple[float, float]:
    """An interval between two order statistics that holds the median with at least 95 %.

    It supposes nothing about the distribution; of n < `BANDED` values it is their range, which
    holds the median with 1 - 2^(1 - n) < 95 %. With fewer than two values: (NaN, NaN).
    """
    array = np.sort(np.asarray(list(values), dtype=float))
    if array.size < 2:
        return float("nan"), float("nan")
    rank = max(1, int(stats.binom.ppf((1 - CONFIDENCE) / 2, array.size, 0.5)))
    return float(array[rank - 1]), float(array[-rank])


def positive_median(values: Iterable[float]) -> float:
    """Median of the finite positive values; NaN where there are none."""
    array = positive(values)
    return float(np.median(array)) if array.size else float("nan")


def root_mean_square(values: Iterable[float]) -> float:
    """Root mean square of the finite positive values; NaN where there are none."""
    array = positive(values)
    return float(np.sqrt(np.mean(array**2))) if array.size else float("nan")


def bootstrap(values: Iterable[float]) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the root mean square, from `RESAMPLES` fixed draws.
    With fewer than two values: (NaN, NaN).
    """
    array = positive(values)
    if array.size < 2:
        return float("nan"), float("nan")
    drawn = np.random.default_rng(0).integers(array.size, size=(RESAMPLES, array.size))
    found = np.sqrt(np.mean(array[drawn] ** 2, axis=1))
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Statistic:
    """What a curve shows of independent trials: their centre, its interval, both in words."""

    centre: Callable[[Iterable[float]], float]
    interval: Callable[[Iterable[float]], tuple[float, float]]
    words: str


GEOMETRIC = Statistic(
    geometric_mean,
    geometric_interval,
    "geometric mean over independent trials, with 95 % Student-t intervals of the mean log",
)
MEDIAN = Statistic(
    positive_median,
    median_interval,
    "median over independent trials, with intervals between order statistics that hold it with"
    " at least 95 %, of fewer than six trials their range",
)
RMS = Statistic(
    root_mean_square,
    bootstrap,
    "root mean square over independent trials, with 95 % bootstrap intervals",
)


@dataclass(frozen=True, slots=True)
class SlopeFit:
    """A slope on logarithmic axes, the half width of its 95 % interval, and the runs behind it."""

    slope: float
    half: float
    runs: int


def fitted_slope(x: Iterable[float], y: Iterable[float]) -> SlopeFit:
    """Least squares of log y on log x over single runs, with Student's t for the interval.

    Runs without a finite positive value are left out; NaN where fewer than three, or one x, are
    left.
    """
    pairs = np.array([list(x), list(y)], dtype=float)
    u, v = np.log(pairs[:, np.isfinite(pairs).all(axis=0) & (pairs > 0).all(axis=0)])
    if len(u) < 3 or np.ptp(u) == 0:
        return SlopeFit(float("nan"), float("nan"), len(u))
    found = stats.linregress(u, v)
    half = stats.t.ppf(0.5 + CONFIDENCE / 2, len(u) - 2) * found.stderr
    return SlopeFit(float(found.slope), float(half), len(u))
