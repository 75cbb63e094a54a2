"""Reads and checks what a user gives to pick with."""

import numpy as np

from mtdbench.errors import InputError
from mtdbench.model.measurement import Measurement
from mtdbench.model.placed_copies import Placement


def check_placement(placement: Placement, measurement: Measurement, path: str) -> None:
    """Check that the copies of a placement lie in the measurement, in poses of its space.

    Raises
    ------
    InputError
        If they do not.
    """
    count, *sizes = measurement.stack.shape
    corners, last = placement.corners, np.array(sizes) - measurement.space.window.shape
    fits = corners.shape[1:] == (len(sizes),)
    if not fits or np.any((corners < 0) | (corners > last)):
        raise InputError(f"'{path}' has copies outside of the measurement: expected its placement")
    if np.any(placement.micrographs >= count):
        raise InputError(f"'{path}' has copies in more than {count} micrographs: expected as many")
    shape = (len(corners), *measurement.space.poses(1).shape[1:])
    if placement.poses.shape != shape:
        raise InputError(f"'{path}' has poses of shape {placement.poses.shape}: expected {shape}")
