"""How a volume changes as it is rotated and moved a little."""

from functools import lru_cache

import numpy as np

from mtdbench.spaces.volume import rotations
from mtdbench.spaces.volume.basis import ShellBasis
from mtdbench.spaces.volume.harmonics import rotate_harmonics

# Quaternions that take the z axis to the x, y and z axis.
ONTO_AXES = np.array([[0, 0.5**0.5, 0, 0.5**0.5], [-(0.5**0.5), 0, 0, 0.5**0.5], [0, 0, 0, 1.0]])


@lru_cache(maxsize=128)
def generators(degree: int) -> np.ndarray:
    """The derivatives of D^l by small rotations about x, y, z, shape (3, 2 l + 1, 2 l + 1).

    That about z takes m to -m, times -m; about another axis A, it is D(A) of that D(A)^T.
    """
    orders = np.arange(-degree, degree + 1)
    about_z = np.diag(-orders)[:, ::-1].astype(float)
    change = rotate_harmonics(np.eye(len(orders))[None], rotations.angles(ONTO_AXES))
    return np.asarray(change @ about_z @ change.transpose(0, 2, 1))


def by_rotation(shells: ShellBasis, x: np.ndarray) -> np.ndarray:
    """The derivatives of x by small rotations about the axes x, y, z, shape (3, n)."""
    slopes = np.empty((3, shells.size))
    for degree, (part, values) in enumerate(shells.by_degree(x)):
        slopes[:, part] = (generators(degree) @ values).reshape(3, -1)
    return slopes


def by_translation(shells: ShellBasis, x: np.ndarray) -> np.ndarray:
    """The derivatives of x by translations along x, y, z, shape (3, n)."""
    phase = -2j * np.pi / shells.length * shells.frequencies(3).T
    return shells.fit(shells.spectrum(x) * phase)
