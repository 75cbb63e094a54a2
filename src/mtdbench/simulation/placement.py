"""Random sequential placement of copies that keep their distance."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mtdbench.model.separations import least_separation
from mtdbench.spaces.window import Window

# Fewer free sites than one in this many: drawing sites blindly wastes more than listing them costs.
CROWDED = 32
MOST_DRAWS = 2**20


def place(
    size: int,
    window: Window,
    density: float | None,
    spacing: str,
    rng: np.random.Generator,
    crowded: int = CROWDED,
) -> np.ndarray:
    """Corners of copies placed one after the other, each uniform on the sites that are still free.

    Random sequential adsorption on the grid: whole windows of L^d inside a measurement of N^d
    samples, corners D apart (see `least_separation`) in at least one axis, whichever came first. It
    ends at round(density N^d / L^d) copies or, where these do not fit, at saturation: then no free
    site is left anywhere and the density that was reached is `copies L^d / N^d`.

    Parameters
    ----------
    size : int
        N.
    window : Window
    density : float or None
        Wanted share of the samples that lie in copies, in (0, 1]; None places to saturation.
    spacing : str
        One of `mtdbench.model.spacing.Spacing`, or its word.
    rng : numpy.random.Generator
        The stream of the placement.
    crowded : int
        The sites are drawn blindly until fewer than one in so many is free; then they are listed.

    Returns
    -------
    int array, shape (T, d)
        First sample of each copy's window, in raster order.
    """
    return place_copies(size, window, copies(size, window, density), spacing, rng, crowded)


def place_copies(
    size: int,
    window: Window,
    wanted: int,
    spacing: str,
    rng: np.random.Generator,
    crowded: int = CROWDED,
) -> np.ndarray:
    """As `place`, for a wanted number of copies."""
    sites = size - np.array(window.shape) + 1
    field = _Field(sites, np.array(least_separation(window, spacing)))
    corners, placed = [], 0
    for proposed in field.proposals(rng, crowded):
        kept = field.accept(proposed)[: wanted - placed]
        corners.append(kept)
        placed += len(kept)
        if placed == wanted:
            break
    every = np.concatenate(corners)
    return every[np.lexsort(every.T[::-1])]


def copies(size: int, window: Window, density: float | None, micrographs: int = 1) -> int:
    """round(density M N^d / L^d), the wanted number of copies in M micrographs; for None more than
    could ever fit.
    """
    share = 2.0 if density is None else density
    wanted: float = share * micrographs * size**window.ndim / window.size
    return round(wanted)


class _Field:
    """The sites that are still free, and the rule that decides among sites proposed at once.

    A site is the corner of a possible copy. `free` is a mask over the sites, one byte each, with a
    rim of D - 1 so that the neighbourhood of every site lies inside.
    """

    def __init__(self, sites: np.ndarray, distance: np.ndarray) -> None:
        self.sites, self.distance, self.ndim = sites, distance, len(sites)
        self.rim = distance - 1
        self.free = np.ones(sites + 2 * self.rim, dtype=bool)
        around = tuple(map(int, 2 * distance - 1))
        self.neighbourhoods = sliding_window_view(self.free, around, writeable=True)
        # Cells of D^d sites: two sites closer than D lie in the same or in adjacent cells.
        self.cells = tuple(map(int, -(-sites // distance) + 2))
        self.earliest = np.full(int(np.prod(self.cells)), np.iinfo(np.int32).max, dtype=np.int32)

    def proposals(self, rng: np.random.Generator, crowded: int) -> Iterator[np.ndarray]:
        """Blocks of uniform sites; once most sites are taken, all free ones in random order."""
        draws = int(np.clip(self.earliest.size // 4, 256, MOST_DRAWS))
        open_share = 1.0
        while open_share > 1 / crowded:
            sites = rng.integers(0, _plain(self.sites), (draws, self.ndim))
            open_share = np.mean(self._is_free(sites))
            yield sites
        inside = tuple(map(slice, self.rim, self.rim + self.sites))
        left = np.flatnonzero(self.free[inside])
        rng.shuffle(left)
        for start in range(0, len(left), draws):
            flat = left[start : start + draws]
            yield np.stack(np.unravel_index(flat, tuple(self.sites)), axis=1)

    def accept(self, sites: np.ndarray) -> np.ndarray:
        """The sites, in their order, that placing them one after the other would keep.

        A site that precedes all others in its own and the adjacent cells is kept, whatever happens
        elsewhere; its neighbourhood is then taken, and the rest are looked at again.
        """
        kept, number = [], np.flatnonzero(self._is_free(sites)).astype(np.int32)
        while len(number):
            cell = self._cell(sites[number])
            np.minimum.at(self.earliest, cell, number)
            first = number == np.min([self.earliest[cell + s] for s in self._steps()], axis=0)
            self.earliest[cell] = np.iinfo(np.int32).max
            kept.append(number[first])
            self.neighbourhoods[tuple(sites[number[first]].T)] = False
            number = number[~first]
            number = number[self._is_free(sites[number])]
        return sites[np.sort(np.concatenate(kept))] if kept else sites[:0]

    def _is_free(self, sites: np.ndarray) -> np.ndarray:
        return np.asarray(self.free[tuple((sites + _plain(self.rim)).T)])

    def _cell(self, sites: np.ndarray) -> np.ndarray:
        """Flat index of each site's cell; a rim of empty cells surrounds the grid."""
        cells = sites // _plain(self.distance) + 1
        return np.asarray(np.ravel_multi_index(tuple(cells.T), self.cells))

    def _steps(self) -> list[int]:
        """Flat steps from a cell to itself and to its adjacent cells."""
        strides = [int(np.prod(self.cells[axis + 1 :])) for axis in range(self.ndim)]
        return [int(np.dot(s, strides)) for s in product((-1, 0, 1), repeat=self.ndim)]


def _plain(sides: np.ndarray) -> int | np.ndarray:
    """One number where all are equal, for which NumPy has loops several times faster."""
    return int(sides[0]) if np.all(sides == sides[0]) else sides
