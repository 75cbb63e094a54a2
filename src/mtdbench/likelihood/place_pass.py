"""What copies at many places of a micrograph are worth, and what is seen there: compiled programs.

Places are read in chunks of one size, each a product of matrices.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from mtdbench import clock
from mtdbench.backend import jax, jnp
from mtdbench.likelihood.copy_ratios import log_ratios
from mtdbench.model.patches import Patches, every_window
from mtdbench.model.tiles import Tile

CHUNK_LOGITS = 2**19  # places x poses that are computed at once: they stay in a core's cache
CHUNK_PLACES = 2**9, 2**13


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """What copies look like.

    Attributes
    ----------
    templates : array, shape (K, L^d)
    log_weights : array, shape (K,)
    sigma : float
    """

    templates: np.ndarray
    log_weights: np.ndarray
    sigma: float


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The windows at all places of the micrographs that some patches are cut from, in channels: the
    samples, without the background and 0 where they were not measured; then, if some were not,
    which were (1 or 0).

    Attributes
    ----------
    patches : Patches
    dtype : type
        That of the channels.
    """

    patches: Patches
    dtype: type

    def in_rows(self, tile: Tile, count: int) -> Iterator[tuple[slice, list[np.ndarray]]]:
        """About `count` places at a time, all those that a tile sees: some rows of it, as a range
        of the first axis, and their windows, (places, L^d), in channels. Buffers are used again.
        """
        rows, *others = tile.shape
        each = int(np.prod(others))
        step = int(np.clip(count // each, 1, rows))
        sources = [windows[tile.micrograph][tile.seen] for windows in self._windows]
        buffers = [np.empty((step, *source.shape[1:]), self.dtype) for source in sources]
        for start in range(0, rows, step):
            some = slice(min(start, rows - step), min(start + step, rows))
            for buffer, source in zip(buffers, sources, strict=True):
                np.copyto(buffer, source[some])
            yield some, self._cleaned([buffer.reshape(step * each, -1) for buffer in buffers])

    def chosen(
        self, tile: Tile, index: tuple[np.ndarray, ...], count: int
    ) -> Iterator[tuple[slice, list[np.ndarray]]]:
        """`count` at a time, some of the places at an index of a tile, and their windows,
        (count, L^d), in channels; what is beyond the last place is 0.
        """
        corners = [i + side.start for i, side in zip(index, tile.seen, strict=True)]
        for start in range(0, len(corners[0]), count):
            some = slice(start, min(start + count, len(corners[0])))
            where = (tile.micrograph, *(corner[some] for corner in corners))
            lacking = [(0, count - (some.stop - start)), (0, 0)]
            found = [windows[where].reshape(some.stop - start, -1) for windows in self._windows]
            cleaned = self._cleaned([each.astype(self.dtype) for each in found])
            yield some, [np.pad(each, lacking) for each in cleaned]

    def samples(self, tile: Tile) -> list[np.ndarray]:
        """Those of the tile alone, in channels."""
        found = [s[tile.micrograph][tile.samples].astype(self.dtype) for s in self._stacks]
        return self._cleaned(found)

    @property
    def _stacks(self) -> list[np.ndarray]:
        measured = self.patches.measured
        return [self.patches.stack] if measured is None else [self.patches.stack, measured]

    @property
    def _windows(self) -> list[np.ndarray]:
        return [every_window(stack, self.patches.window) for stack in self._stacks]

    def _cleaned(self, channels: list[np.ndarray]) -> list[np.ndarray]:
        """The samples without the background, in place."""
        y, *measured = channels
        if self.patches.background:
            y -= self.patches.background
        for known in measured:
            y[known == 0] = 0
        return channels


def chunk_places(poses: int) -> int:
    """Places of a chunk, about."""
    return int(np.clip(CHUNK_LOGITS // poses, *CHUNK_PLACES))


def log_ratio(places: Places, tile: Tile, copies: Copies) -> np.ndarray:
    """log sum_g w_g p(y | a copy g at p) / p(y | none), for all places that a tile sees."""
    found = np.empty(tile.shape)
    arguments = copies.templates, copies.log_weights
    for some, windows in places.in_rows(tile, chunk_places(len(copies.templates))):
        program = _log_ratio(*_shapes(windows, copies))
        ratios = program(windows, *_cast(arguments, windows), copies.sigma)
        found[some] = np.asarray(ratios).reshape(found[some].shape)
    return found


def log_ratio_at(
    places: Places, tile: Tile, copies: Copies, index: tuple[np.ndarray, ...]
) -> np.ndarray:
    """The same for some places of a tile alone, those at an index of it."""
    found, arguments = np.empty(len(index[0])), (copies.templates, copies.log_weights)
    for some, windows in places.chosen(tile, index, chunk_places(len(copies.templates))):
        program = _log_ratio(*_shapes(windows, copies))
        ratios = program(windows, *_cast(arguments, windows), copies.sigma)
        found[some] = np.asarray(ratios)[: len(found[some])]
    return found


def weighted_sums(
    places: Places, tile: Tile, copies: Copies, shares: np.ndarray, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """sum_p P(a copy g begins at p) y_p, and the same of what was measured, (K, L^d) each.

    Parameters
    ----------
    shares : array, shape `tile.shape`
        P(a copy begins at p); places with less than `least` are left out.
    """
    sums = np.zeros((2, *copies.templates.shape))
    index, arguments = np.nonzero(shares > least), (copies.templates, copies.log_weights)
    for some, windows in places.chosen(tile, index, chunk_places(len(copies.templates))):
        begins = np.zeros(len(windows[0]), windows[0].dtype)
        mine = shares[tuple(i[some] for i in index)]
        begins[: len(mine)] = mine
        program = _sums(*_shapes(windows, copies))
        sums += program(windows, begins, *_cast(arguments, windows), copies.sigma)
    return sums[0], sums[1]


def _shapes(windows: list[np.ndarray], copies: Copies) -> tuple[Any, ...]:
    """What a program is compiled for: channels, places, templates, type."""
    first = windows[0]
    return len(windows), first.shape, copies.templates.shape, first.dtype


def _cast(arrays: tuple[np.ndarray, ...], windows: list[np.ndarray]) -> list[np.ndarray]:
    return [array.astype(windows[0].dtype) for array in arrays]


@lru_cache(maxsize=64)
def _log_ratio(
    channels: int, places: tuple[int, int], templates: tuple[int, int], dtype: np.dtype[Any]
) -> Any:
    def over_poses(windows: Any, templates: Any, log_weights: Any, sigma: Any) -> Any:
        ratios = log_ratios(windows, templates, log_weights, sigma.astype(dtype), 1)
        return jax.nn.logsumexp(ratios[..., 0], axis=1)

    return _compiled(over_poses, [[places] * channels, templates, templates[:1]], dtype)


@lru_cache(maxsize=64)
def _sums(
    channels: int, places: tuple[int, int], templates: tuple[int, int], dtype: np.dtype[Any]
) -> Any:
    def over_places(windows: Any, begins: Any, templates: Any, log_weights: Any, sigma: Any) -> Any:
        ratios = log_ratios(windows, templates, log_weights, sigma.astype(dtype), 1)
        each = jax.nn.softmax(ratios[..., 0], axis=1) * begins[:, None]
        images = each.T @ windows[0]
        if channels > 1:
            return jnp.stack([images, each.T @ windows[1]])
        seen = jnp.sum(each, axis=0)[:, None]
        return jnp.stack([images, jnp.broadcast_to(seen, images.shape)])

    shapes = [[places] * channels, places[:1], templates, templates[:1]]
    return _compiled(over_places, shapes, dtype)


def _compiled(function: Any, shapes: list[Any], dtype: np.dtype[Any]) -> Any:
    """The program of arrays of these shapes, the last argument being sigma."""
    arguments = [
        [jax.ShapeDtypeStruct(each, dtype) for each in shape]
        if isinstance(shape, list)
        else jax.ShapeDtypeStruct(shape, dtype)
        for shape in shapes
    ]
    with clock.setup():
        return jax.jit(function).lower(*arguments, jax.ShapeDtypeStruct((), np.float64)).compile()
