"""Log ratios of a copy against noise alone at every place of signals, and what is seen there.

A signal is read in rows of m + L - 1 samples that begin m samples apart: a row has all samples of
the copies that begin at its first m places, so that correlations are products of matrices.
"""

from typing import Any

import numpy as np

from mtdbench.backend import jax, jnp

_lax = jax.lax


def banded(templates: Any, places: int) -> Any:
    """The templates, (K, L), at each of m places of a row: (m + L - 1, K, m)."""
    length = templates.shape[1]
    sample = np.arange(places + length - 1)[:, None] - np.arange(places)
    inside = (sample >= 0) & (sample < length)
    moved = templates[:, np.clip(sample, 0, length - 1)] * inside
    return jnp.moveaxis(moved, 0, 1)


def log_ratios(rows: list[Any], templates: Any, log_weights: Any, sigma: Any, places: int) -> Any:
    """log w_g + l[s, g] of some rows, with the samples y and the templates I_g,

        l[s, g] = (<y_s, I_g> - ||I_g||^2 / 2) / sigma^2,

    where samples that were not measured are left out of the product and the norm.

    Parameters
    ----------
    rows : list of arrays, shape (b, m + L - 1)
        The samples, 0 where they were not measured; then, if some were not, which were (1 or 0).
    templates : array, shape (K, L)
    log_weights : array, shape (K,)
        log w.
    sigma : float
    places : int
        m.

    Returns
    -------
    array, shape (b, K, m)
    """
    samples, *measured = rows
    product = jnp.tensordot(samples, banded(templates, places), 1)
    if measured:
        norm = jnp.tensordot(measured[0], banded(templates**2, places), 1)
    else:
        norm = jnp.sum(templates**2, axis=1)[None, :, None]
    return (product - norm / 2) / sigma**2 + log_weights[None, :, None]


def any_copy(parts: list[Any], *arguments: Any) -> Any:
    """log sum_g w_g exp l[s, g] of rows in parts, (parts, b, m + L - 1), one part at a time:
    (parts, b, m).
    """
    return _lax.map(lambda rows: jax.nn.logsumexp(log_ratios(rows, *arguments), axis=1), parts)


def aligned_sums(
    parts: list[Any], begins: Any, templates: Any, log_weights: Any, sigma: Any, places: int
) -> list[Any]:
    """sum_s P(a copy g begins at s) y_s, and the same of what was measured, (K, L) each, of the
    channels of the rows.

    Parameters
    ----------
    parts, templates, log_weights, sigma, places
        As above.
    begins : array, shape (parts, b, m)
        P(a copy begins at s); 0 at places that there are not.
    """
    count, length = templates.shape

    def step(sums: list[Any], part: Any) -> tuple[list[Any], None]:
        rows, seen = part
        ratios = log_ratios(rows, templates, log_weights, sigma, places)
        each = jax.nn.softmax(ratios, axis=1) * seen[:, None]
        channels = rows if len(rows) > 1 else [rows[0], jnp.ones_like(rows[0])]
        return [s + jnp.tensordot(r.T, each, 1) for s, r in zip(sums, channels, strict=True)], None

    start = jnp.zeros((places + length - 1, count, places))
    sums, _ = _lax.scan(step, [start, start], (parts, begins))
    sample = np.arange(length)[:, None] + np.arange(places)
    return [jnp.sum(s[sample, :, np.arange(places)], axis=1).T for s in sums]
