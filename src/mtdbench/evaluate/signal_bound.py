"""The Cramer-Rao bound of whole signals: no estimator, whatever it looks at, falls below it."""

from collections.abc import Iterator

import numpy as np
from scipy.special import softmax

from mtdbench.evaluate.cramer_rao import FEWEST_PATCHES, JACKKNIFE_GROUPS, Bound, jackknifed_bound
from mtdbench.likelihood.copy_ratios import log_ratios
from mtdbench.likelihood.e_step import pose_log_weights
from mtdbench.likelihood.signal_source import SignalSource
from mtdbench.model.forward import ForwardModel
from mtdbench.model.gap_law import gap_law
from mtdbench.model.patches import Patches, every_window

STRETCH = 4  # least gaps to a stretch: scores of those that do not touch hardly depend
READ_PLACES = 2**14  # at once


def signal_bound(
    forward: ForwardModel,
    x: np.ndarray,
    samples: np.ndarray,
    spacing: str,
    density: float,
    sigma: float,
    sigma_known: bool,
) -> Bound:
    """The bound for an estimator that sees all of a measurement of signals, at the truth.

    By Fisher's identity the score of a signal is the sum over its places of what each of them
    contributes in the mean of all sets of copies, given the whole signal. Of stretches of the
    signal, s_b, only neighbours depend on each other, and the Fisher information of B of them is

        B mean_b (s_b s_b^T + s_b s_{b+1}^T + s_{b+1} s_b^T).

    The rate of copies is estimated too, and sigma where it is not known. NaN where there are fewer
    than `FEWEST_PATCHES` stretches to each parameter.

    Parameters
    ----------
    forward : ForwardModel
        Of signals that were measured whole, without a filter.
    x : array, shape (n,)
        The truth.
    samples : array, shape (N,) or (M, N)
    spacing : str
        One of `mtdbench.model.spacing.Spacing`; gaps beyond the least are geometric.
    density : float
        gamma.
    sigma : float
    sigma_known : bool

    Source: Louis, *Finding the observed information matrix when using the EM algorithm*, J. R.
    Stat. Soc. B 44 (1982) (the score); Newey, West, Econometrica 55 (1987) (dependent scores).
    """
    stack = forward.space.window.stack(samples)
    law = gap_law(forward.space.window, spacing, False)
    parameters = forward.space.size + (1 if sigma_known else 2)
    stretch = STRETCH * law.least
    each = (stack.shape[1] - forward.space.window.size + 1) // stretch
    if each * len(stack) < FEWEST_PATCHES * parameters:
        return Bound(np.nan, np.nan)
    scores = np.concatenate(
        [
            stretch_scores(forward, x, signal[None], spacing, density, sigma, stretch)
            for signal in stack
        ]
    )[:, :parameters]
    parts = np.array_split(scores, JACKKNIFE_GROUPS)
    groups = np.array([_long_run(part) for part in parts]) * len(scores)
    return jackknifed_bound(forward.space, x, groups)


def _long_run(scores: np.ndarray) -> np.ndarray:
    """The mean of s_b s_b^T and of the products with both neighbours."""
    beside = scores[:-1].T @ scores[1:] / (len(scores) - 1)
    return np.asarray(scores.T @ scores / len(scores) + beside + beside.T)


def stretch_scores(
    forward: ForwardModel,
    x: np.ndarray,
    stack: np.ndarray,
    spacing: str,
    density: float,
    sigma: float,
    stretch: int,
) -> np.ndarray:
    """The scores of one signal, (1, N), with respect to x, the hazard h of the gaps, and sigma, in
    stretches of so many places; what is left over is in none.
    """
    window, poses = forward.space.window, forward.poses(forward.space.default_poses)
    law = gap_law(window, spacing, False)
    u = law.geometric(window.size / density)
    templates, weights = forward.project(x, poses), forward.pose_weights(poses)
    source = SignalSource.of(Patches(stack, window, background=forward.background), law)
    (sums,) = source.sums(templates, u, sigma, weights)
    y = stack - forward.background
    begins = sums.begins.ravel()[: stack.shape[1] - window.size + 1]
    passed = np.concatenate([np.zeros(law.least), np.cumsum(begins)])
    blocked = passed[law.least - 1 : -1] - passed[: len(begins)]
    h = law.tail_hazard(u)
    by_rate = begins / h - (1 - blocked - begins) / (1 - h)
    found = [
        np.column_stack([by_x, by_rate[places], by_sigma])
        for places, by_x, by_sigma in _places(forward, poses, templates, y, begins, sigma)
    ]
    whole = len(begins) // stretch * stretch
    every = np.concatenate(found)[:whole]
    return np.asarray(every.reshape(-1, stretch, every.shape[1]).sum(axis=1))


def _places(
    forward: ForwardModel,
    poses: np.ndarray,
    templates: np.ndarray,
    y: np.ndarray,
    begins: np.ndarray,
    sigma: float,
) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Some places of a signal, and what they contribute to the score of x, (c, n), and sigma, (c,);
    a sample to that of its place.
    """
    windows, operator = every_window(y, forward.space.window)[0], forward.operator(poses)
    matrix = operator.reshape(-1, operator.shape[2])
    log_weights = pose_log_weights(len(templates), forward.pose_weights(poses))
    for start in range(0, len(begins), READ_PLACES):
        places = slice(start, min(start + READ_PLACES, len(begins)))
        rows = np.ascontiguousarray(windows[places])
        ratios = np.asarray(log_ratios([rows], templates, log_weights, sigma, 1))[..., 0]
        each = begins[places, None] * softmax(ratios, axis=1)
        residual = (rows[:, None] - templates) * each[..., None]
        by_x = residual.reshape(len(rows), -1) @ matrix / sigma**2
        gain = np.sum(each[..., None] * templates * (templates - 2 * rows[:, None]), axis=(1, 2))
        by_sigma = (rows[:, 0] ** 2 + gain) / sigma**3 - 1 / sigma
        yield places, by_x, by_sigma
