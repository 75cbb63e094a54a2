"""How a volume changes as it is turned and moved a little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mtdbench.spaces.ball import Ball

# Quaternions that take the z axis to the x, y and z axis.
AXES = np.array([[0, 0.5**0.5, 0, 0.5**0.5], [-(0.5**0.5), 0, 0, 0.5**0.5], [0, 0, 0, 1.0]])


def by_rotation(ball: Ball, x: np.ndarray) -> np.ndarray:
    """The derivatives of x by small rotations about the axes x, y, z, shape (3, n)."""
    slopes = np.empty((3, ball.size))
    for slope, pose in zip(slopes, AXES, strict=True):
        back = ball.turn(x, (pose * [-1, -1, -1, 1])[None])[0]
        about_z = np.empty(ball.size)
        for part, values in ball.by_degree(back):
            orders = np.arange(len(values)) - len(values) // 2
            about_z[part] = (-orders[:, None] * values[::-1]).ravel()
        slope[:] = ball.turn(about_z, pose[None])[0]
    return slopes


def by_translation(ball: Ball, x: np.ndarray) -> np.ndarray:
    """The derivatives of x by translations along x, y, z, shape (3, n)."""
    phase = -2j * np.pi / ball.window * ball.frequencies(3).T
    return ball.fit(ball.spectrum(x) * phase)
