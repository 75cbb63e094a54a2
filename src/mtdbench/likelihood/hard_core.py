"""The sum over all sets of copies that a patch of an image may show: copies do not overlap.

A patch of L_1 x L_2 samples sees copies at shifts s in (-L, L)^2. Two of them do not overlap if
they are at least L_i apart along some axis i. With an activity a_s for each shift,

    Z = sum over the sets C of shifts, any two of which do not overlap, of prod_{s in C} a_s

is the partition function of a gas of hard squares. Every copy covers a corner of the patch, so that
there are at most four. The shifts other than 0, which is alone in any set, fall into four blocks
about the corners, each a turn of the last one,

    tl: s_1 < 0, s_2 <= 0;    tr: s_1 <= 0, s_2 > 0;    br: s_1 > 0, s_2 >= 0;    bl: the rest,

and a set has at most one shift of each. A copy of tl at (r_tl, c_tl) ends above the row r_tl + L_1.
Neighbouring blocks are bound by one inequality each,

    c_tr >= c_tl + L_2,   r_br >= r_tr + L_1,   c_br >= c_bl + L_2,   r_bl >= r_tl + L_1,

and blocks that face each other by two, one of which must hold. Either a row lies between all copies
of the upper blocks and those of the lower ones, or exactly one of r_br < r_tl + L_1 and
r_bl < r_tr + L_1 holds: the sum has three parts, of positive terms alone. Cumulative sums over rows
and columns make it O(L^3). All sums are of logarithms, for activities reach e^1000. A patch of a
signal is one row, L_1 = 1.

Source: the blocks and the three parts are ours.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np

from mtdbench.backend import jax, jnp
from mtdbench.spaces.window import Window

NEVER = -1e6
"""log of an activity that is as good as 0, and finite, so that every derivative is."""

LEADING: dict[int, tuple[int, ...]] = {1: (1,), 2: ()}
"""By the number of axes, the sides that make a window one of two axes."""

TILE = 128
"""Fields that are summed at once: what is kept of them fits a core's cache."""

Blocks = tuple[Any, Any, Any, Any]
"""log a of tl, tr, bl, br, each (L_1, L_2), by -L_i < s_i <= 0 on top and left, else 0 <= s_i."""


@lru_cache(maxsize=8)
def _owned(window: Window) -> tuple[np.ndarray, ...]:
    """Which of the shifts of each block are its own, in the order of `Blocks`."""
    rows, columns = map(np.arange, _sides(window))
    upper, left = rows[:, None] - (len(rows) - 1), columns - (len(columns) - 1)
    lower, right = rows[:, None], columns
    tl, tr = (upper < 0) & (left <= 0), (upper <= 0) & (right > 0)
    return tl, tr, (lower >= 0) & (left < 0), (lower > 0) & (right >= 0)


def _sides(window: Window) -> tuple[int, int]:
    """L_1, L_2."""
    if window.ndim not in LEADING:
        raise ValueError(f"a window of {window.ndim} axes: expected one of {[*LEADING]}")
    rows, columns = (*LEADING[window.ndim], *window.shape)
    return rows, columns


def log_partition(log_activity: Any, window: Window) -> Any:
    """log Z of m fields of log a_s, (m,); of fields (S, m), in the order of `Window.shifts`.

    Raises
    ------
    ValueError
        If the window has more than two axes.
    """
    rows, columns = _sides(window)
    field = log_activity.reshape(2 * rows - 1, 2 * columns - 1, -1)
    parts = (
        field[:rows, :columns],
        field[:rows, columns - 1 :],
        field[rows - 1 :, :columns],
        field[rows - 1 :, columns - 1 :],
    )
    owned = (own[..., None] for own in _owned(window))
    tl, tr, bl, br = (jnp.where(own, part, NEVER) for own, part in zip(owned, parts, strict=True))
    mirrored = (block[:, ::-1] for block in (tr, tl, br, bl))
    both = (jnp.concatenate(two, axis=-1) for two in zip((tl, tr, bl, br), mirrored, strict=True))
    staggered = jnp.split(_staggered(*both), 2)
    alone = field[rows - 1, columns - 1]
    return _sum(jnp.stack([_split(tl, tr, bl, br), *staggered, alone]), 0)


def _split(tl: Any, tr: Any, bl: Any, br: Any) -> Any:
    """log of the sum over sets with a row between the upper and the lower copies, or with none of
    the ones or the others.
    """
    reaching = jnp.logaddexp(  # sets of upper copies of which the lowest has its end in row i
        _sum(tl + _or_none(_after(_up_to(tr, 0), 1)), 1),
        _sum(tr + _or_none(_before(_before(tl, 0), 1)), 1),
    )
    left, right = _from(bl, 0), _from(br, 0)
    lower = jnp.logaddexp(_or_none(_sum(right, 1)), _sum(left + _or_none(_after(right, 1)), 1))
    beneath = jnp.pad(lower[1:], ((0, 1), (0, 0)))  # sets of lower copies that begin below row i
    return jnp.logaddexp(lower[0], _sum(reaching + beneath, 0))


def _staggered(tl: Any, tr: Any, bl: Any, br: Any) -> Any:
    """log of the sum over sets with r_br < r_tl + L_1; of mirrored blocks r_bl < r_tr + L_1."""
    above_br = _or_none(_before(_after(tr, 1), 0))  # by (r_br, c_tl)
    below_tl = _or_none(_after(_before(bl, 1), 0))  # by (r_tl, c_br)
    beside = tl[:, None] + _up_to(br[:, :, None] + above_br[:, None], 0)  # (r_tl, c_br, c_tl)
    columns = jnp.arange(tl.shape[1])
    apart = jnp.where((columns[:, None] > columns)[..., None], beside, NEVER)
    return _sum(_sum(apart, 2) + below_tl, (0, 1))


def _sum(x: Any, axes: int | tuple[int, ...]) -> Any:
    return jax.nn.logsumexp(x, axis=axes)


def _or_none(x: Any) -> Any:
    """log(1 + e^x): a copy, or none."""
    return jnp.logaddexp(x, 0.0)


def _up_to(x: Any, axis: int) -> Any:
    """Sums over the indices <= i."""

    def step(total: Any, row: Any) -> tuple[Any, Any]:
        total = jnp.logaddexp(total, row)
        return total, total

    x = jnp.moveaxis(x, axis, 0)
    return jnp.moveaxis(jax.lax.scan(step, jnp.full_like(x[0], NEVER), x)[1], 0, axis)


def _from(x: Any, axis: int) -> Any:
    """Sums over the indices >= i."""
    return jnp.flip(_up_to(jnp.flip(x, axis), axis), axis)


def _before(x: Any, axis: int) -> Any:
    """Sums over the indices < i."""
    return _up_to(_moved(x, axis, 1), axis)


def _after(x: Any, axis: int) -> Any:
    """Sums over the indices > i."""
    return _from(_moved(x, axis, -1), axis)


def _moved(x: Any, axis: int, step: int) -> Any:
    """Entry i - step at i; none where there is no such entry."""
    first = jnp.moveaxis(x, axis, 0)
    none = jnp.full_like(first[:1], NEVER)
    parts = [none, first[:-1]] if step > 0 else [first[1:], none]
    return jnp.moveaxis(jnp.concatenate(parts), 0, axis)


def partition(log_activity: Any, window: Window) -> tuple[Any, Any]:
    """log Z of m fields of log a_s, (m,), and how often each shift is in a set in the mean,
    n_s = d log Z / d log a_s, (S, m); of fields (S, m).
    """
    value, slope = jax.vjp(partial(log_partition, window=window), log_activity)
    return value, slope(jnp.ones_like(value))[0]


def occupations(log_activity: np.ndarray, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """The same of NumPy arrays, some fields at a time: log Z (m,) and n_s (S, m), both float64; the
    type of the fields is that of the sums.
    """
    count = log_activity.shape[1]
    tiled = np.pad(log_activity, ((0, 0), (0, -count % TILE)), constant_values=NEVER)
    tiles = [_compiled(window)(tile) for tile in np.split(tiled, tiled.shape[1] // TILE, axis=1)]
    log_partitions, means = zip(*tiles, strict=True)
    log_partition, mean = np.concatenate(log_partitions), np.concatenate(means, axis=1)
    return log_partition[:count].astype(float), mean[:, :count].astype(float)


@lru_cache(maxsize=8)
def _compiled(window: Window) -> Callable[[np.ndarray], tuple[Any, Any]]:
    return jax.jit(partial(partition, window=window))
