"""The window: the box of samples in which a copy is seen."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from math import prod

import numpy as np

Box = tuple[slice, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A box of L_1 x ... x L_d samples: what one copy occupies of a measurement, and a patch too.

    Attributes
    ----------
    shape : tuple of d ints
        L_1, ..., L_d, in the order of the measurement's axes.
    """

    shape: tuple[int, ...]

    @classmethod
    def cube(cls, length: int, ndim: int) -> "Window":
        """The window of L samples along each of d axes."""
        return cls((length,) * ndim)

    def __str__(self) -> str:
        """L where all sides are equal, else L_1 x ... x L_d."""
        sides = self.shape[:1] if len(set(self.shape)) == 1 else self.shape
        return " x ".join(map(str, sides))

    @property
    def ndim(self) -> int:
        """d, the number of axes of the measurement."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """L_1 ... L_d samples."""
        return prod(self.shape)

    @property
    def longest(self) -> int:
        """The longest side, in samples."""
        return max(self.shape)

    @property
    def grid(self) -> np.ndarray:
        """The places of the samples in C order, int, shape (L^d, d)."""
        return np.indices(self.shape).reshape(self.ndim, -1).T

    @property
    def strides(self) -> np.ndarray:
        """Steps of the flat index along each axis, int, shape (d,)."""
        return np.cumprod((1, *self.shape[:0:-1]))[::-1]

    @property
    def spread(self) -> tuple[int, ...]:
        """2 L_i - 1 along each axis: how many shifts there are."""
        return tuple(2 * side - 1 for side in self.shape)

    @property
    def shifts(self) -> np.ndarray:
        """All shifts under which a window sees a part of a copy, int, shape (S, d).

        In C order, from -(L_i - 1) to L_i - 1 along axis i; S = prod (2 L_i - 1).
        """
        return _shifts(self)

    @property
    def visible_share(self) -> float:
        """c = prod (2 L_i - 1) / L_i: the share of windows that see a part of a copy is c gamma, as
        long as copies are well separated.
        """
        return float(
            prod(reach / side for reach, side in zip(self.spread, self.shape, strict=True))
        )

    def number(self, shifts: np.ndarray) -> np.ndarray:
        """The index of each of these shifts, (..., d) to (...), in the order of `shifts`."""
        index = np.moveaxis(shifts + np.array(self.shape) - 1, -1, 0)
        return np.asarray(np.ravel_multi_index(tuple(index), self.spread))

    def overlap(self, shift: tuple[int, ...]) -> tuple[Box, Box]:
        """The box of a window that sees a copy under a shift, and the box of the copy that it sees.

        Both are empty where the shift is longer than the window.
        """
        steps = list(zip(shift, self.shape, strict=True))
        seen = tuple(slice(max(s, 0), max(side + min(s, 0), 0)) for s, side in steps)
        shown = tuple(slice(max(-s, 0), max(side - max(s, 0), 0)) for s, side in steps)
        return seen, shown

    def reshape(self, flat: np.ndarray) -> np.ndarray:
        """Flattened windows as boxes: (..., L^d) to (..., L_1, ..., L_d)."""
        return np.reshape(flat, (*np.shape(flat)[:-1], *self.shape))

    def stack(self, samples: np.ndarray) -> np.ndarray:
        """A measurement, (N,) * d or (M,) + (N,) * d, as M micrographs: (M,) + (N,) * d, a view."""
        return samples if samples.ndim > self.ndim else samples[None]

    def grown(self, margin: int) -> "Window":
        """The window with so many samples more on each side."""
        return Window(tuple(side + 2 * margin for side in self.shape)) if margin else self

    def multiple(self, pixels: int) -> "Window":
        """The window, some times as long along each axis, that has at least so many samples."""
        return next(w for n in count(1) if (w := self.times(n)).size >= pixels)

    def places_in(self, larger: "Window") -> int:
        """How many places this window has inside a larger one."""
        sides = zip(larger.shape, self.shape, strict=True)
        return prod(wide - side + 1 for wide, side in sides)

    def times(self, factor: int) -> "Window":
        """The window that is so many times as long along each axis."""
        return Window(tuple(factor * side for side in self.shape))


def cube_side(samples: float, ndim: int) -> int:
    """The side of a cube of d axes that holds about so many samples, rounded down."""
    return int(samples ** (1 / ndim))


@lru_cache(maxsize=16)
def _shifts(window: Window) -> np.ndarray:
    every = np.indices(window.spread).reshape(window.ndim, -1).T
    return every - (np.array(window.shape) - 1)
