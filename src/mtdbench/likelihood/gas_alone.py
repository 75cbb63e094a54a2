"""The partition function of a lattice gas of one activity: what no data tells."""

from itertools import product

import numpy as np

from mtdbench.likelihood.belief_propagation import Lattice, beliefs

CELLS = 6  # of a side from which on log Z grows in proportion


def log_partition_alone(
    log_activity: float, shape: tuple[int, ...], least: tuple[int, ...]
) -> float:
    """log Z of a lattice whose places all have the same activity, by Bethe's approximation.

    A side of more than `CELLS` cells makes log Z larger by as much with every cell: it is found of
    shorter ones, and continued linearly.

    Parameters
    ----------
    log_activity : float
    shape : tuple of d ints
        Places along each axis.
    least : tuple of d ints
        m.
    """
    sides = [_sides(n, m) for n, m in zip(shape, least, strict=True)]
    longest = Lattice(tuple(side[-1][0] for side in sides), least)
    total = 0.0
    for several in product(*sides):
        weight = float(np.prod([weight for _, weight in several]))
        field = np.full(longest.shape, -np.inf)
        field[tuple(slice(side) for side, _ in several)] = log_activity
        total += weight * beliefs(field, np.isfinite(field), longest)[1]
    return total


def _sides(n: int, m: int) -> list[tuple[int, float]]:
    """Sides that stand for one of n places, and their weights."""
    cells = n // m - CELLS
    if cells <= 0:
        return [(n, 1.0)]
    short = n - cells * m
    return [(short, 1.0 - cells), (short + m, float(cells))]
