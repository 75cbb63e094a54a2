"""The picture of a volume as a shaded surface, drawn without a display.

A surface is found by marching cubes on the volume interpolated by zero-padding of its Fourier
transform, and shaded after Lambert: as bright as its normal is turned to the light.
"""

from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Poly3DCollection  # type: ignore[import-untyped]
from scipy.signal import resample

FINE = 64  # samples that a side of the interpolated volume has, about
ELEVATION, AZIMUTH = 22.0, -58.0  # of the eye, in degrees
LIGHT = (-0.45, 0.55, 1.0)  # to the right of the eye, above it, towards it
AMBIENT = 0.38
SURFACE_PIXELS, OVERSAMPLING = 480, 2  # of a side of a picture; drawn finer, against jagged edges
ZOOM = 1.6  # the largest ball in the box fills most of the picture


def photograph(triangles: np.ndarray, colours: np.ndarray, window: int) -> np.ndarray:
    """The picture of coloured triangles in the box of a volume, shape (p, p, 3).

    p is `SURFACE_PIXELS`. A picture, since tens of thousands of triangles are too much for a vector
    file.
    """
    canvas = FigureCanvasAgg(
        Figure(figsize=(1, 1), dpi=SURFACE_PIXELS * OVERSAMPLING, facecolor="white")
    )
    axis: Any = canvas.figure.add_axes((0, 0, 1, 1), projection="3d")
    # Without smoothed edges no seams show; those of the outline are smoothed by the mean below.
    mesh = Poly3DCollection(triangles, facecolors=colours, edgecolors="none", antialiaseds=False)
    axis.add_collection3d(mesh)
    ends = window // 2 - window / 2, window // 2 + window / 2
    axis.set(xlim=ends, ylim=ends, zlim=ends)
    axis.set_box_aspect((1, 1, 1), zoom=ZOOM)
    axis.set_proj_type("ortho")
    axis.view_init(ELEVATION, AZIMUTH)
    axis.set_axis_off()
    canvas.draw()  # type: ignore[no-untyped-call]
    drawn = np.asarray(canvas.buffer_rgba())[..., :3] / 255  # type: ignore[no-untyped-call]
    return drawn.reshape(SURFACE_PIXELS, OVERSAMPLING, SURFACE_PIXELS, OVERSAMPLING, 3).mean(
        axis=(1, 3)
    )


def surface(volume: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The triangles of {volume = level} and their outward normals.

    Parameters
    ----------
    volume : array, shape (L, L, L)
        Indexed [z, y, x].
    level : float
        What lies inside is larger.

    Returns
    -------
    triangles : array, shape (m, 3, 3)
        Corners as (x, y, z), in samples of `volume`; none (m = 0) where no sample passes the level.
    normals : array, shape (m, 3)
        Of length 1, as (x, y, z).
    """
    from skimage.measure import marching_cubes

    factor = int(np.clip(FINE // len(volume), 1, 6))
    fine = np.pad(interpolated(volume, factor), 1, constant_values=min(volume.min(), level) - 1e-9)
    if not fine.min() < level < fine.max():
        return np.empty((0, 3, 3)), np.empty((0, 3))
    step = max(1, len(volume) // FINE)
    found = marching_cubes(fine, level, step_size=step)  # type: ignore[no-untyped-call]
    corners, faces, normals = found[:3]
    triangles = (corners[faces][..., ::-1] - 1) / factor
    outward = normals[faces].mean(axis=1)[:, ::-1]
    length = np.linalg.norm(outward, axis=1, keepdims=True)
    return triangles, outward / np.maximum(length, 1e-12)


def interpolated(volume: np.ndarray, factor: int) -> np.ndarray:
    """`factor` samples for one along each axis, by zero-padding of the Fourier transform."""
    for axis, side in enumerate(volume.shape):
        fine = resample(volume, side * factor, axis=axis)
        # What follows the last sample leads back to the first one: the transform is periodic.
        volume = np.take(fine, range((side - 1) * factor + 1), axis=axis)
    return volume


def shaded(normals: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """The colours, shape (m, 3), of matt faces with these normals under the light of the scene."""
    elevation, azimuth = np.radians([ELEVATION, AZIMUTH])
    eye = np.array([np.cos(azimuth), np.sin(azimuth), 0]) * np.cos(elevation)
    eye[2] = np.sin(elevation)
    right = np.array([-np.sin(azimuth), np.cos(azimuth), 0])
    light = np.array(LIGHT) @ np.array([right, np.cross(eye, right), eye])
    towards = np.clip(normals @ light / np.linalg.norm(light), 0, 1)
    return (AMBIENT + (1 - AMBIENT) * towards)[:, None] * colour
