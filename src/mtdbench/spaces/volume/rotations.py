"""Rotations as unit quaternions (x, y, z, w), the poses of three dimensions."""

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.spatial.transform import Rotation

GOLDEN = (1 + 5**0.5) / 2
IDENTITY = np.array([0.0, 0.0, 0.0, 1.0])


def quaternions(euler: np.ndarray) -> np.ndarray:
    """Quaternions, shape (K, 4), of R = R_z(alpha) R_y(beta) R_z(gamma), angles (K, 3)."""
    alpha, beta, gamma = euler.T
    plus, minus = (alpha + gamma) / 2, (alpha - gamma) / 2
    c, s = np.cos(beta / 2), np.sin(beta / 2)
    return np.stack([-s * np.sin(minus), s * np.cos(minus), c * np.sin(plus), c * np.cos(plus)], 1)


def angles(poses: np.ndarray) -> np.ndarray:
    """alpha, beta, gamma of R = R_z(alpha) R_y(beta) R_z(gamma), shape (K, 3); any gamma will do
    where beta is 0.
    """
    x, y, z, w = poses.T
    plus, minus = np.arctan2(z, w), np.arctan2(-x, y)
    beta = 2 * np.arctan2(np.hypot(x, y), np.hypot(z, w))
    return np.stack([plus + minus, beta, plus - minus], axis=1)


def compose(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The rotations R_first R_second (the second acts first), shape (K, 4)."""
    a, b = np.broadcast_arrays(first, second)
    v, w, u, t = a[:, :3], a[:, 3:], b[:, :3], b[:, 3:]
    return np.concatenate(
        [w * u + t * v + np.cross(v, u), w * t - np.sum(v * u, 1, keepdims=True)], 1
    )


def from_vector(vector: np.ndarray) -> np.ndarray:
    """The rotation about that axis by its length in radians, shape (4,)."""
    angle = np.linalg.norm(vector)
    return np.append(np.sinc(angle / (2 * np.pi)) * vector / 2, np.cos(angle / 2))


def grid(count: int) -> np.ndarray:
    """`count` near-uniform rotations, shape (count, 4): V viewing directions x A in-plane angles.

    Directions lie on a Fibonacci spiral; V is the divisor of `count` for which the spacings
    sqrt(4 pi / V) and 2 pi / A are most alike: 552 is 46 directions x 12 angles. A prime count is
    all directions: then the angles follow the golden ratio too.
    """
    divisors = np.array([v for v in range(1, count + 1) if count % v == 0])
    unlike = np.abs(np.log(4 * np.pi / divisors * (count / divisors / (2 * np.pi)) ** 2))
    views = int(divisors[np.argmin(unlike)])
    index = np.arange(views)
    alpha = 2 * np.pi * views / count * np.arange(count // views)
    beta = np.arccos(1 - (2 * index + 1) / views)[:, None]
    gamma = (2 * np.pi * index / GOLDEN)[:, None]
    skew = 2 * np.pi * views / count * (index * (GOLDEN**2 % 1) % 1)[:, None]
    euler = np.stack(np.broadcast_arrays(alpha + skew, beta, gamma), axis=-1)
    return quaternions(euler.reshape(-1, 3))


def quadrature(degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (K, 4) and weights (K,) that integrate every D^l with l <= degree exactly.

    Equally spaced alpha and gamma, Gauss-Legendre in cos beta; the weights sum to 1.
    """
    equal = 2 * np.pi / (degree + 1) * np.arange(degree + 1)
    nodes, shares = leggauss(degree // 2 + 1)
    mesh = np.meshgrid(equal, np.arccos(nodes), equal, indexing="ij")
    weights = np.broadcast_to(shares[:, None] / 2, mesh[0].shape) / (degree + 1) ** 2
    return quaternions(np.stack(mesh, axis=-1).reshape(-1, 3)), weights.ravel()


def random(rng: np.random.Generator, count: int) -> np.ndarray:
    """Rotations uniform on SO(3), shape (count, 4)."""
    poses = rng.standard_normal((count, 4))
    return np.asarray(poses / np.linalg.norm(poses, axis=1, keepdims=True))


def matrices(poses: np.ndarray) -> np.ndarray:
    """Rotation matrices, shape (K, 3, 3), acting on (x, y, z)."""
    return np.asarray(Rotation.from_quat(poses).as_matrix())
