"""The level between copies that all lie on one side of it, by maximum likelihood."""

from dataclasses import dataclass

import numpy as np
import scipy

STEPS = (1.0, 0.5, 0.25)
"""Heights of the uniform distributions of what copies add, as shares of the greatest."""
STARTS = ((0.01, 1.0, 20.0), (0.1, 0.9, 3.0), (0.8, 0.6, 3.0))
"""Share of blocks that see a copy; noise and height beside all variation: few strong copies, weak
ones, and crowded ones.
"""
OUTLIERS = 1e-4
"""Weight of values that could be anything, so that none of them is beyond belief."""
ROUNDS = 30
"""Of weights for what could be anything, at most."""
RANGE = 100.0
"""Standard deviations over which those are spread."""
QUIET = 5.0
"""Exponent of the prior of the share of blocks that see no copy: if nothing tells, some do not."""
RARE = 0.005
"""Share that no start is below: the slope at 0 leads nowhere."""
TRIAL = 2000
"""Blocks for each coefficient that tell which start is the best."""
SIGNIFICANT = 15.0
"""Log-likelihood that copies have to gain."""


@dataclass(frozen=True, slots=True, eq=False)
class LevelFit:
    """Means of blocks as a smooth level, noise, and what copies add to some of them:

        u ~ (1 - sum_k p_k) N(b, s^2) + sum_k p_k (N(b, s^2) * Uniform(0, h_k)),

    with h_k = h `STEPS`, h of either sign. A distribution that falls off from 0 is a mixture of
    uniform ones, and what blocks see of copies falls off: more of them see an edge than all.

    Attributes
    ----------
    coefficients : array, shape (J,)
        Of the level b.
    noise : float
        s.
    height : float
        h; 0 where no copies are seen.
    shares : array, shape (3,)
        p_k.
    loglik : float
    """

    coefficients: np.ndarray
    noise: float
    height: float
    shares: np.ndarray
    loglik: float

    def quiet(self, residuals: np.ndarray) -> np.ndarray:
        """The probability that a block sees no copy, given its mean minus the level, same shape."""
        if self.height == 0:
            return np.ones(residuals.shape)
        sign = np.sign(self.height)
        parts, _ = _densities(sign * residuals, self.noise, abs(self.height))
        weights = np.array([1 - self.shares.sum(), *self.shares])
        joint = weights * np.moveaxis(parts, 0, -1)
        return joint[..., 0] / np.maximum(joint.sum(axis=-1), 1e-300)


def plain_fit(values: np.ndarray, basis: np.ndarray) -> LevelFit:
    """The fit without copies: least squares, without what could be anything.

    Parameters
    ----------
    values : array, shape (n,)
    basis : array, shape (J, n)
    """
    weights, likelihoods = np.ones(len(values)), np.zeros(len(values))
    for _ in range(ROUNDS):
        level = least_squares_level(values, basis, weights)
        residuals = values - level @ basis
        noise = max(float(np.sqrt(weights @ residuals**2 / weights.sum())), 1e-300)
        clean = (1 - OUTLIERS) * _normal(residuals / noise) / noise
        likelihoods = clean + OUTLIERS / (RANGE * noise)
        before, weights = weights, clean / likelihoods
        if np.abs(weights - before).max() < 1e-6:
            break
    loglik = float(np.log(likelihoods).sum())
    return LevelFit(level, noise, 0.0, np.zeros(len(STEPS)), loglik)


def least_squares_level(values: np.ndarray, basis: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Coefficients, shape (J,), of the level that is nearest to the values by their weights."""
    weighted = basis * weights
    return np.linalg.lstsq(weighted @ basis.T, weighted @ values, rcond=None)[0]


def one_sided_fit(values: np.ndarray, basis: np.ndarray, sign: int, plain: LevelFit) -> LevelFit:
    """The most likely fit with copies above the level (sign 1) or below it (-1), from `STARTS`.

    Parameters
    ----------
    values : array, shape (n,)
    basis : array, shape (J, n)
        Smooth functions, the constant first.
    sign : int
    plain : LevelFit
        The fit without copies.
    """
    unit = plain.noise
    scaled, first = sign * values / unit, sign * plain.coefficients / unit
    thin = slice(None, None, max(1, len(values) // (TRIAL * len(basis))))
    trials = (_climbed(scaled[thin], basis[:, thin], _start(first, *start)) for start in STARTS)
    x, _ = max(trials, key=lambda each: each[1])
    x[-len(STEPS) :] = np.maximum(x[-len(STEPS) :], np.log(RARE))
    x, gain = _climbed(scaled, basis, x)
    level, (log_noise, log_height), logits = np.split(x, [len(basis), len(basis) + 2])
    shares = np.exp(logits) / (1 + np.exp(logits).sum())
    loglik = gain - len(values) * np.log(unit)
    height = sign * unit * float(np.exp(log_height))
    return LevelFit(level * sign * unit, unit * float(np.exp(log_noise)), height, shares, loglik)


def _start(level: np.ndarray, share: float, noise: float, height: float) -> np.ndarray:
    """Parameters with copies in a share of the blocks: coefficients of the level, logarithms of
    noise and height, logits of the shares.
    """
    logits = np.full(len(STEPS), np.log(share / (1 - share) / len(STEPS)))
    start = np.concatenate([level, [np.log(noise), np.log(height)], logits])
    start[0] -= share * height / 3  # what such copies add to the mean, roughly
    return start


def _climbed(values: np.ndarray, basis: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, float]:
    """The parameters that a climb from a start reaches, and their log-likelihood with the prior."""
    bounds = [(None, None)] * len(basis) + [(-3.0, 1.0), (0.0, 5.0)] + [(-12.0, 6.0)] * len(STEPS)
    found = scipy.optimize.minimize(
        _objective, start, (values, basis), "L-BFGS-B", True, bounds=bounds,
        options={"maxiter": 300, "ftol": 1e-8, "gtol": 1e-7},
    )  # fmt: skip
    return found.x, -float(found.fun) * len(values)


def _objective(x: np.ndarray, values: np.ndarray, basis: np.ndarray) -> tuple[float, np.ndarray]:
    """Minus the mean log-likelihood with the prior of the shares, and its gradient."""
    count = len(basis)
    noise, height = np.exp(x[count : count + 2])
    odds = np.exp(np.concatenate([[0.0], x[count + 2 :]]))
    shares = odds / odds.sum()
    parts, slopes = _densities(values - x[:count] @ basis, noise, height)
    prior = QUIET / len(values)
    clean = shares @ parts
    total = (1 - OUTLIERS) * clean + OUTLIERS / RANGE
    weight = (1 - OUTLIERS) / (total * len(values))
    by_level, by_noise, by_height = (weight * np.tensordot(shares, s, 1) for s in slopes)
    by_shares = shares[1:] * ((parts[1:] - clean) @ weight - prior)
    shape = [by_noise.sum() * noise, by_height.sum() * height]
    gradient = np.concatenate([basis @ by_level, shape, by_shares])
    return -float(np.mean(np.log(total)) + prior * np.log(shares[0])), -gradient


def _densities(
    r: np.ndarray, noise: float, height: float
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Of residuals r, the densities of the components, shape (1 + 3,) + r.shape, and their
    derivatives with respect to the level, the noise and the height.
    """
    z = r / noise
    at = _normal(z)
    parts, level, spread, high = (
        [at / noise],
        [at * z / noise**2],
        [at * (z**2 - 1) / noise**2],
        [np.zeros_like(z)],
    )
    below = scipy.special.ndtr(z)
    for step in STEPS:
        h = step * height
        top = (r - h) / noise
        edge = _normal(top)
        part = (below - scipy.special.ndtr(top)) / h
        parts.append(part)
        level.append((edge - at) / (noise * h))
        spread.append((edge * top - at * z) / (noise * h))
        high.append((edge / noise - part) / height)
    return np.array(parts), (np.array(level), np.array(spread), np.array(high))


def _normal(z: np.ndarray) -> np.ndarray:
    """The standard normal density."""
    return np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
