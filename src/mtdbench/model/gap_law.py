"""Laws of the gaps between copies that follow one another: a renewal process."""

from dataclasses import dataclass

import numpy as np

from mtdbench.model.separations import least_separation
from mtdbench.spaces.window import Window

LOG_ZERO = -1e30  # log of a probability of 0: its exponential is 0, and sums of it stay finite
RAREST = 1e-12  # hazard, or complement of one


@dataclass(frozen=True, slots=True)
class GapLaw:
    """How many samples after a copy the next one begins: m + j with probability xi_j.

    The first J of the xi are free, later gaps are geometric, xi_{J+k} = t h (1 - h)^k with t the
    share of gaps that are longer than m + J - 1 samples. The law is the vector

        u = (xi_0, ..., xi_{J-1}, t h, t (1 - h)),    u >= 0, sum u = 1:

    the probabilities of the gaps m to m + J, and of all longer ones. With J = 0 all gaps are
    geometric beyond m.

    A signal begins as if the last copy before it were far away, and it ends anywhere: at each of
    its places from the first on a copy begins with probability h if none has begun before, and the
    gap after the last copy is longer than what is left. So the probabilities of all sets of copies
    that lie wholly within the signal sum to 1.

    Attributes
    ----------
    least : int
        m, samples, at least 1.
    free : int
        J.

    Source: renewal processes, Feller, *An introduction to probability theory and its applications*,
    volume 1, chapter XIII.
    """

    least: int
    free: int

    @property
    def count(self) -> int:
        """J + 2, the length of u."""
        return self.free + 2

    @property
    def reach(self) -> int:
        """m + J: a copy that began so many samples ago is no longer remembered."""
        return self.least + self.free

    def tail_hazard(self, u: np.ndarray) -> float:
        """h."""
        return float(np.clip(u[-2] / max(u[-2] + u[-1], 1e-300), RAREST, 1 - RAREST))

    def probabilities(self, u: np.ndarray, gaps: np.ndarray) -> np.ndarray:
        """The probabilities of some gaps, in samples, of any shape; 0 below m."""
        h, beyond = self.tail_hazard(u), np.maximum(gaps - self.reach, 0)
        tail = (u[-2] + u[-1]) * h * (1 - h) ** beyond
        near = np.append(u[: self.free], 0.0)[np.clip(gaps - self.least, 0, self.free)]
        return np.where(gaps < self.least, 0.0, np.where(gaps < self.reach, near, tail))

    def mean(self, u: np.ndarray) -> float:
        """The mean gap, in samples."""
        h, xi = self.tail_hazard(u), u[: self.free]
        tail = (u[-2] + u[-1]) * (self.reach + (1 - h) / h)
        return float(xi @ (self.least + np.arange(self.free)) + tail)

    def geometric(self, mean: float) -> np.ndarray:
        """u of gaps that are geometric beyond m, with a mean of so many samples, which is cut to
        more than 1.02 m.
        """
        h = 1 / (1 + max(mean, 1.02 * self.least) - self.least)
        xi = h * (1 - h) ** np.arange(self.free + 1)
        return np.append(xi, (1 - h) ** (self.free + 1))

    def fitted(self, events: np.ndarray, exposures: np.ndarray) -> np.ndarray:
        """The likeliest u where in the mean, of the copies that could have begun m + j samples
        after the last one, which were so many, so many did; both (J + 1,), the last entry for all
        gaps of m + J samples and more together.

        By the hazards q_j = P(gap = m + j | gap >= m + j), of which each is a share of its own.

        Source: Kaplan, Meier, *Nonparametric estimation from incomplete observations*, J. Am. Stat.
        Assoc. 53 (1958).
        """
        q = np.clip(events / np.maximum(exposures, 1e-300), RAREST, 1 - RAREST)
        left = np.cumprod(1 - q)
        return np.append(q * np.append(1.0, left[:-1]), left[-1])

    def log_transitions(self, u: np.ndarray) -> np.ndarray:
        """The logarithms of the matrix by which the state before a block of m places gives the
        probability that a copy begins at each of them, whatever is seen there, and the state after.

        The state is the weight of a copy at each of the last m + J places, and that of none there
        and the next one free to begin, f. As no two copies begin within m places, the matrix holds
        whole blocks of them: at the place k of a block a copy begins with probability

            sum_i v_i P(gap = m + J + k - i) + f h (1 - h)^k,

        and f after the block is sum_{i < m} v_i t (1 - h)^(m - i) + f (1 - h)^m.

        Returns
        -------
        array, shape (m + 1, m + J + 1)
            Rows: places of the block, f after it. Columns: places before it, f.
        """
        m, h = self.least, self.tail_hazard(u)
        k, i = np.ogrid[:m, : self.reach]
        begins = np.column_stack(
            [self.probabilities(u, self.reach + k - i), h * (1 - h) ** np.arange(m)]
        )
        waits = np.zeros(self.reach + 1)
        waits[:m] = (u[-2] + u[-1]) * (1 - h) ** np.arange(m, 0, -1)
        waits[-1] = (1 - h) ** m
        return _log(np.vstack([begins, waits]))

    def log_survival(self, u: np.ndarray) -> np.ndarray:
        """The logarithm of the probability that no copy has followed yet at the end of a block, for
        each entry of the state there, shape (m + J + 1,).
        """
        passed = np.clip(self.free - np.arange(self.reach), 0, None)
        left = np.append(1.0, 1 - np.cumsum(u[: self.free]))
        return _log(np.append(left[passed], 1.0))


def gap_law(window: Window, spacing: str, is_free: bool) -> GapLaw:
    """The law of the gaps of signals with that spacing; L of them are free, or none."""
    (least,) = least_separation(window, spacing)
    return GapLaw(least, window.size if is_free else 0)


def _log(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(np.maximum(values, 0.0)), LOG_ZERO)
