"""The three-dimensional Shepp-Logan phantom, from its formula."""

import numpy as np

# Added density; semi-axes a, b, c; centre x, y, z; rotation of the axes a, b about z in degrees.
# The intensities are the modified ones (more contrast), in units where the window is [-1, 1]^3.
# Sources: Kak, Slaney, *Principles of Computerized Tomographic Imaging*, 1988, for the shapes;
# Toft, *The Radon Transform*, 1996, for the intensities.
ELLIPSOIDS = (
    (1.0, 0.69, 0.92, 0.81, 0.0, 0.0, 0.0, 0.0),
    (-0.8, 0.6624, 0.874, 0.78, 0.0, -0.0184, 0.0, 0.0),
    (-0.2, 0.11, 0.31, 0.22, 0.22, 0.0, 0.0, -18.0),
    (-0.2, 0.16, 0.41, 0.28, -0.22, 0.0, 0.0, 18.0),
    (0.1, 0.21, 0.25, 0.41, 0.0, 0.35, -0.15, 0.0),
    (0.1, 0.046, 0.046, 0.05, 0.0, 0.1, 0.25, 0.0),
    (0.1, 0.046, 0.046, 0.05, 0.0, -0.1, 0.25, 0.0),
    (0.1, 0.046, 0.023, 0.05, -0.08, -0.605, 0.0, 0.0),
    (0.1, 0.023, 0.023, 0.02, 0.0, -0.606, 0.0, 0.0),
    (0.1, 0.023, 0.046, 0.02, 0.06, -0.605, 0.0, 0.0),
)
POINTS_ALONG_AXIS = 192  # along x and along y, at least; two to a voxel where the side is larger


def shepp_logan(side: int) -> np.ndarray:
    """Mean density of the phantom in each voxel, shape (side,) * 3, indexed [z, y, x].

    Exact along z; along x and y a mean over a fine grid, 17 by 17 points to a voxel at side 11.
    """
    points = max(2, -(-POINTS_ALONG_AXIS // side))
    offset = (np.arange(points) + 0.5) / points - 0.5
    fine = (np.arange(side)[:, None] - side // 2 + offset).ravel() * 2 / side
    edges = (np.arange(side + 1) - side // 2 - 0.5) * 2 / side
    volume = np.zeros((side,) * 3)
    for density, *axes, x, y, z, degrees in ELLIPSOIDS:
        angle = np.deg2rad(degrees)
        u, v = fine - x, (fine - y)[:, None]
        along, across = np.cos(angle) * u + np.sin(angle) * v, np.cos(angle) * v - np.sin(angle) * u
        inside = 1 - (along / axes[0]) ** 2 - (across / axes[1]) ** 2
        half = axes[2] * np.sqrt(np.maximum(inside, 0))  # of the chord along z
        below = _fold(np.clip(edges[0] - z, -half, half), points)
        for k in range(side):
            above = _fold(np.clip(edges[k + 1] - z, -half, half), points)
            volume[k] += density * side / 2 * (above - below)
            below = above
    return volume


def _fold(fine: np.ndarray, points: int) -> np.ndarray:
    """Means over blocks of points x points samples."""
    side = len(fine) // points
    return np.asarray(fine.reshape(side, points, side, points).mean(axis=(1, 3)))
