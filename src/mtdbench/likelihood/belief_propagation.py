"""Where copies that keep their distance begin: belief propagation between the cells of a lattice.

Copies begin at places p of a lattice, any two of them at least m_i apart along some axis i. With an
activity a_p for each place,

    Z = sum over the sets C of places, any two of which keep the distance, of prod_{p in C} a_p

is the partition function of a hard-core lattice gas. A cell of m_1 x ... x m_d places has one copy
at most. The cell s at the offset delta, delta_i in {-1, 0, 1}, tells the cell c of its place p

    mu(p) = P_{s without c}(no copy that is too near to p),
    P_{s without c}(q) ~ a_q prod_{r other than c} mu_{r -> s}(q),    P_{s without c}(none) ~ 1,

and P(p) ~ a_p prod_s mu_{s -> c}(p) in the end. Places i of c and j of s, within their cells, are
too near if j < i along the axes where delta is 1 and j > i along those where it is -1: triangular
matrices of ones. Sums are of positive terms alone.

Along one axis this is exact. Along two, cells have loops, and where the blur of one copy crosses
the border of cells it is counted in both. So the lattice is cut into cells in several ways, half a
cell apart, and each place is read where it is innermost.

Source: Yedidia, Freeman, Weiss, *Constructing free-energy approximations and generalized belief
propagation algorithms*, IEEE Trans. Inf. Theory 51 (2005); cells of several cuts are ours.
"""

from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import product
from typing import Any

import numpy as np

from mtdbench import clock
from mtdbench.backend import jax, jnp

MESSAGES = 6
"""Messages are passed so often: more change beliefs less than another cut into cells does."""

HIGHEST = {"float32": 60.0, "float64": 300.0}
"""By type the largest log activity near a place; if it is larger, all those near by are lowered
alike: what is less likely than e^-60 is never seen.
"""

Offset = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Lattice:
    """What a program is compiled for.

    Attributes
    ----------
    shape : tuple of d ints
        Places along each axis.
    least : tuple of d ints
        m.
    rounds : int
    cuts : int
        Ways to cut into cells along each axis.
    """

    shape: tuple[int, ...]
    least: tuple[int, ...]
    rounds: int = MESSAGES
    cuts: int = 2

    @property
    def offsets(self) -> list[Offset]:
        """Of the lattice in the first cell, in each way to cut it."""
        starts = [[m * k // self.cuts for k in range(self.cuts)] for m in self.least]
        return list(product(*starts))

    @property
    def cells(self) -> tuple[int, ...]:
        """Along each axis, of every cut."""
        return tuple(-(-n // m) + 1 for n, m in zip(self.shape, self.least, strict=True))


def beliefs(log_activity: np.ndarray, owned: np.ndarray, lattice: Lattice) -> tuple[Any, float]:
    """P(a copy begins at p) for every place, and the share of some places in log Z.

    Parameters
    ----------
    log_activity : array, shape `lattice.shape`
        log a; -inf where no copy can begin.
    owned : bool array, shape `lattice.shape`
        The places whose share in log Z is asked for: that of a cell belongs to its possible places
        alike. For all of them it is Bethe's approximation of log Z, the mean over the cuts.
    lattice : Lattice

    Returns
    -------
    array, shape `lattice.shape`; float
    """
    shares, log_partition = _program(lattice, np.dtype(log_activity.dtype))(log_activity, owned)
    return np.asarray(shares), float(log_partition)


@lru_cache(maxsize=32)
def _program(lattice: Lattice, dtype: np.dtype[Any]) -> Any:
    innermost, highest = _innermost(lattice), HIGHEST[dtype.name]

    def over_cuts(log_activity: Any, owned: Any) -> Any:
        possible = log_activity > -jnp.inf
        excess = jnp.maximum(_nearby_maximum(log_activity, lattice) - highest, 0)
        lowered = jnp.where(possible, log_activity - excess, -jnp.inf)
        shares, total = jnp.zeros_like(log_activity), jnp.zeros(())
        for number, offset in enumerate(lattice.offsets):
            found, free = _of_cut(in_cells(jnp.exp(lowered), lattice, offset), lattice.rounds)
            there = from_cells(found, lattice, offset)
            shares = jnp.where(innermost == number, there, shares)
            mine = _cell_sums(owned & possible, lattice, offset)
            whole = _cell_sums(possible, lattice, offset)
            part = jnp.sum(free * mine / jnp.maximum(whole, 1), dtype=np.float64)
            total += part + jnp.sum(owned * there * excess, dtype=np.float64)
        return shares, total / len(lattice.offsets)

    shapes = [jax.ShapeDtypeStruct(lattice.shape, kind) for kind in (dtype, np.dtype(bool))]
    with clock.setup():
        return jax.jit(over_cuts).lower(*shapes).compile()


def _innermost(lattice: Lattice) -> np.ndarray:
    """For each place the number of the cut in whose cell it is innermost."""
    depths = []
    for offset in lattice.offsets:
        local = [
            (np.arange(n) + o) % m
            for n, o, m in zip(lattice.shape, offset, lattice.least, strict=True)
        ]
        inside = [np.minimum(i, m - 1 - i) / m for i, m in zip(local, lattice.least, strict=True)]
        depths.append(reduce(np.minimum, np.ix_(*inside)))
    return np.argmax(depths, axis=0)


def _nearby_maximum(values: Any, lattice: Lattice) -> Any:
    """The largest of the values that are too near to each place."""
    for axis, m in enumerate(lattice.least):
        window = [2 * m - 1 if k == axis else 1 for k in range(values.ndim)]
        strides = (1,) * values.ndim
        values = jax.lax.reduce_window(values, -jnp.inf, jax.lax.max, window, strides, "SAME")
    return values


def in_cells(values: Any, lattice: Lattice, offset: Offset) -> Any:
    """(N_1, ..., N_d) to (m_1, ..., m_d, n_1, ..., n_d), 0 outside: vectors are long over cells."""
    axes = list(zip(lattice.cells, lattice.least, strict=True))
    padding = [
        (o, n * m - size - o) for (n, m), o, size in zip(axes, offset, lattice.shape, strict=True)
    ]
    split = jnp.pad(values, padding).reshape([side for axis in axes for side in axis])
    d = len(axes)
    return split.transpose(*range(1, 2 * d, 2), *range(0, 2 * d, 2))


def from_cells(values: Any, lattice: Lattice, offset: Offset) -> Any:
    """The inverse of `in_cells`."""
    d = len(offset)
    order = [axis for i in range(d) for axis in (i + d, i)]
    whole = [n * m for n, m in zip(lattice.cells, lattice.least, strict=True)]
    joined = values.transpose(order).reshape(whole)
    return joined[tuple(slice(o, o + n) for o, n in zip(offset, lattice.shape, strict=True))]


def _cell_sums(values: Any, lattice: Lattice, offset: Offset) -> Any:
    cells = in_cells(values, lattice, offset)
    return jnp.sum(cells, axis=_local(cells), dtype=np.float64)


def _local(cells: Any) -> tuple[int, ...]:
    """The axes of the places in a cell."""
    return tuple(range(cells.ndim // 2))


def _of_cut(a: Any, rounds: int) -> tuple[Any, Any]:
    """P(p) in cells, and the share of each cell in log Z,

    log Z_c - 1/2 sum_s (log Z_c - log Z_{c without s}).
    """
    d = a.ndim // 2
    deltas = [delta for delta in product((-1, 0, 1), repeat=d) if any(delta)]
    start = {each: jnp.ones(_spread(each, a.shape[:d]) + a.shape[d:], a.dtype) for each in deltas}

    def once(_: int, messages: dict[Offset, Any]) -> dict[Offset, Any]:
        w = _weights(a, messages)
        told = {each: _told(w, messages, each) for each in deltas}
        return {each: jnp.sqrt(messages[each]) * jnp.sqrt(told[each]) for each in deltas}

    messages = jax.lax.fori_loop(0, rounds, once, start)
    w = _weights(a, messages)
    z = 1 + jnp.sum(w, axis=_local(a))
    without = [1 + jnp.sum(_cavity(w, messages, delta), axis=_local(a)) for delta in deltas]
    lost = sum(jnp.log(z) - jnp.log(each) for each in without)
    return w / z, jnp.log(z) - lost / 2


def _spread(delta: Offset, least: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(m if step else 1 for step, m in zip(delta, least, strict=True))


def _weights(a: Any, messages: dict[Offset, Any]) -> Any:
    """a_p prod_s mu_{s -> c}(p)."""
    for message in messages.values():
        a = a * message
    return a


def _cavity(w: Any, messages: dict[Offset, Any], delta: Offset) -> Any:
    """The weights of s without what the cell at -delta from it says, summed along the axes with
    delta_i = 0.
    """
    along = tuple(i for i, step in enumerate(delta) if not step)
    back = tuple(-step for step in delta)
    return jnp.sum(w, axis=along, keepdims=True) / messages[back]


def _told(w: Any, messages: dict[Offset, Any], delta: Offset) -> Any:
    """mu of the cells at the offset delta, as those that hear it have them.

    No copy is too near if there is none, or if along the first axis that matters it is far enough,
    or else along the second.
    """
    d, rest = len(delta), _cavity(w, messages, delta)
    z = 1 + jnp.sum(rest, axis=_local(w), keepdims=True)
    free = jnp.ones_like(z)
    for i, step in enumerate(delta):
        if step:
            far, near = _triangles(w.shape[i], step)
            later = tuple(range(i + 1, d))
            free = free + _along(far, jnp.sum(rest, axis=later, keepdims=True), i)
            rest = _along(near, rest, i) if later else rest
    return _moved(free / z, delta)


def _triangles(m: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Which j are far enough from each i along an axis, and which are not."""
    i, j = np.ogrid[:m, :m]
    far = j >= i if step > 0 else j <= i
    return far, ~far


def _along(matrix: np.ndarray, values: Any, axis: int) -> Any:
    """sum_j matrix_ij values_j along an axis."""
    summed = jnp.tensordot(jnp.asarray(matrix, values.dtype), values, axes=(1, axis))
    return jnp.moveaxis(summed, 0, axis)


def _moved(values: Any, delta: Offset) -> Any:
    """Those of the cells at the offset delta; 1 where there are none."""
    for axis, step in enumerate(delta, len(delta)):
        if step:
            n = values.shape[axis]
            kept = jax.lax.slice_in_dim(values, max(step, 0), n + min(step, 0), axis=axis)
            padding = [(0, 0)] * values.ndim
            padding[axis] = (max(-step, 0), max(step, 0))
            values = jnp.pad(kept, padding, constant_values=1)
    return values
