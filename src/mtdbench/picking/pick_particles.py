"""Particles of known diameter in a measurement: those that lie over its rim too."""

from math import ceil

import numpy as np

from mtdbench.model.measurement import Measurement
from mtdbench.picking.particles import Particles, particles_of_diameter
from mtdbench.picking.picks import LEAST_SHOWN, Picks, pick
from mtdbench.picking.rim import with_rim, without_rim
from mtdbench.spaces import Window

GRID_STEP = 4
"""Samples from one grid of patches to the next, at most, where particles may touch."""


def grids_of_particles(window: Window) -> int:
    """So many shifted grids that some patch sees nearly all of each particle."""
    return ceil(window.longest / GRID_STEP) ** window.ndim


def pick_particles(
    measurement: Measurement,
    x: np.ndarray,
    diameter: float,
    *,
    poses: int | None = None,
    grids: int | None = None,
    subsamples: int = 1,
) -> tuple[Picks, Particles]:
    """What the patches show, and the particles.

    Parameters
    ----------
    measurement : Measurement
        With sigma.
    x : array, shape (n,)
    diameter : float
        Of a particle, samples.
    poses : int or None
        K; the space's own number where None.
    grids : int or None
        `grids_of_particles` where None.
    subsamples : int
        As of `pick`.

    Raises
    ------
    InputError
        As `pick` and `particles_of_diameter`.
    """
    window = measurement.space.window
    rim, count = window.longest // 2, grids or grids_of_particles(window)
    seen = with_rim(measurement, rim)
    picks = pick(seen, x, poses=poses, grids=count, least=LEAST_SHOWN, subsamples=subsamples)
    picks = without_rim(picks, rim)
    return picks, particles_of_diameter(picks, measurement, diameter)
