"""Real spherical harmonics and spherical Bessel functions, and how rotations mix the harmonics.

Any rotation is R_z(alpha) R_y(beta) R_z(gamma). About z the pairs (m, -m) rotate by m alpha; about
y they do the same after a fixed change of axes. So D^l(R) = Z(alpha) J Z(beta) J^T Z(gamma) with
one constant matrix J for each degree, exact to rounding at any degree and without tables.

Source: Pinchon, Hoggan, *Rotation matrices for real spherical harmonics: general rotations of
atomic orbitals in space-fixed axes*, J. Phys. A 40 (2007).
"""

from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import sph_harm_y, spherical_jn

PROBES = 4  # points to a harmonic where a rotation is found by fitting


def harmonics(degree: int, points: np.ndarray) -> np.ndarray:
    """Y_lm at unit vectors (x, y, z), shape (points, 2 l + 1), m from -l to l.

    Orthonormal on the sphere and real: m < 0 goes with sin |m| phi, m > 0 with cos m phi. They obey
    Y_lm(-u) = (-1)^l Y_lm(u).
    """
    x, y, z = points.T
    theta, phi = np.arccos(np.clip(z, -1, 1))[:, None], np.arctan2(y, x)[:, None]
    m = np.arange(degree + 1)
    values = sph_harm_y(degree, m, theta, phi) * np.where(m, np.sqrt(2) * (-1.0) ** m, 1.0)
    return np.concatenate([values.imag[:, :0:-1], values.real], axis=1)


@lru_cache(maxsize=128)
def axes(degree: int) -> np.ndarray:
    """J = D^l of the rotation about x that takes z to y, shape (2 l + 1, 2 l + 1)."""
    rng = np.random.default_rng(0)
    points = rng.standard_normal((PROBES * (2 * degree + 1), 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    moved = points @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]).T  # R^T u
    return np.asarray(np.linalg.lstsq(harmonics(degree, points), harmonics(degree, moved))[0])


def about_z(values: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Z(angle) applied along the middle axis of `values`, shape (K, 2 l + 1, s)."""
    degree = values.shape[1] // 2
    phase = np.multiply.outer(angle, np.arange(-degree, degree + 1))[:, :, None]
    return np.asarray(values * np.cos(phase) - values[:, ::-1] * np.sin(phase))


def rotate_harmonics(values: np.ndarray, euler: np.ndarray) -> np.ndarray:
    """D^l(R) applied along the middle axis of `values`, shape (K, 2 l + 1, s).

    If f = sum_m a_m Y_lm, the coefficients of f(R^-1 u) are D^l(R) a. `euler` is (K, 3).
    """
    alpha, beta, gamma = euler.T
    change = axes(values.shape[1] // 2)
    values = change.T @ about_z(values, gamma)
    return about_z(change @ about_z(values, beta), alpha)


def rotate_harmonics_inverse(values: np.ndarray, euler: np.ndarray) -> np.ndarray:
    """The inverse and transpose of `rotate_harmonics`."""
    return rotate_harmonics(values, -euler[:, ::-1])


@lru_cache(maxsize=256)
def zeros(degree: int, limit: float) -> tuple[float, ...]:
    """The positive zeros of the spherical Bessel function j_l strictly below `limit`."""
    steps = np.linspace(max(degree, 1e-3), limit, max(50, int(20 * limit)))
    values = spherical_jn(degree, steps)
    changes = np.flatnonzero(np.signbit(values[:-1]) != np.signbit(values[1:]))
    roots = [
        brentq(lambda t: spherical_jn(degree, t), steps[i], steps[i + 1], xtol=1e-14)
        for i in changes
    ]
    return tuple(zero for zero in roots if zero < limit * (1 - 1e-12))


def radial(degree: int, radius: float, k: np.ndarray) -> np.ndarray:
    """j_ls(k) = sqrt(2 / R^3) j_l(u_s k / R) / |j_{l+1}(u_s)| for |k| <= R, shape (points, s).

    Orthonormal on the ball of radius R with weight k^2; u_s are the zeros of j_l below pi R.
    """
    u = np.array(zeros(degree, np.pi * radius))
    norm = np.sqrt(2 / radius**3) / np.abs(spherical_jn(degree + 1, u))
    inside = (k <= radius * (1 + 1e-12))[:, None]
    return np.asarray(spherical_jn(degree, u * (k[:, None] / radius)) * norm * inside)
