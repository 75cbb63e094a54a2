"""Images on a disc, in a real Fourier-Bessel basis that rotations mix in pairs."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from scipy.special import jn_zeros, jv

from mtdbench.errors import InputError
from mtdbench.spaces.normal_matrix import normal_matrix
from mtdbench.spaces.posing import posing_as_before
from mtdbench.spaces.protocol import Posing
from mtdbench.spaces.translate import small_shifts, translated
from mtdbench.spaces.window import Window

PAPER_WINDOW = 5
DEFAULT_BANDLIMIT = 0.9
LONGEST_IMAGE = 128  # L at which the sampled basis takes a gigabyte


@dataclass(frozen=True)
class Disc:
    """Images f on a disc of radius R = (L + 1)/2 samples, in eigenfunctions of its Laplacian.

    With (r, theta) the polar coordinates of a sample about the window's centre, and lambda the
    q-th positive zero of the Bessel function J_nu,

        f(r, theta) = sum_{nu, q} J_nu(lambda r / R) (a cos(nu theta) + b sin(nu theta)) / c,

    where c makes every function of unit norm on the disc, so that ||x|| is close to the Frobenius
    norm of the image. A pose is an angle phi: P_phi x samples the image rotated by phi, which is
    a' = a cos(nu phi) - b sin(nu phi), b' = a sin(nu phi) + b cos(nu phi).

    Attributes
    ----------
    length : int
        L.
    orders, roots : tuples of length n
        nu and lambda of each coefficient; for nu > 0 the cosine stands before its sine.
    basis : str
        The specification that gave them, see `from_basis`.

    Source: Kreymer, Singer, Bendory, *An approximate expectation-maximization for two-dimensional
    multi-target detection*, the image model.
    """

    length: int
    orders: tuple[int, ...]
    roots: tuple[float, ...]
    basis: str

    name: ClassVar[str] = "disc"
    kind: ClassVar[str] = "image"
    ndim: ClassVar[int] = 2
    has_ordered_copies: ClassVar[bool] = False
    place_is_free: ClassVar[bool] = False
    move_margin: ClassVar[int] = 1

    @classmethod
    def from_basis(cls, window: int, basis: str = "auto") -> "Disc":
        """The disc with the basis of that specification.

        `paper`: orders 0 to 2, two zeros each, the ten functions of the 2-D paper (at L = 5);
        `bandlimit:c`: all zeros up to c times the Nyquist frequency pi R (0 < c <= 1);
        `count:n`: the first n functions by frequency (a cosine is never cut from its sine);
        `auto`: `paper` at L = 5, else `bandlimit:0.9`.

        Raises
        ------
        InputError
            If the specification is not one of these or the window cannot carry it.
        """
        if window > LONGEST_IMAGE:
            raise InputError(f"window {window} for space 'disc': expected at most {LONGEST_IMAGE}")
        kind, _, value = basis.partition(":")
        radius = (window + 1) / 2
        if basis == "auto":
            kind, value = ("paper", "") if window == PAPER_WINDOW else ("bandlimit", "0.9")
        try:
            if kind == "paper" and not value:
                pairs = [(nu, z) for nu in range(3) for z in jn_zeros(nu, 2)]
            elif kind == "bandlimit" and 0 < float(value) <= 1:
                pairs = _zeros_below(float(value) * np.pi * radius)
            elif kind == "count" and int(value) > 0:
                pairs = _first(int(value), radius)
            else:
                raise ValueError
            if not pairs or max(z for _, z in pairs) > np.pi * radius:
                raise ValueError
        except ValueError as error:
            raise InputError(
                f"basis '{basis}' for space 'disc' with window {window}: expected auto, paper,"
                " bandlimit:c with 0 < c <= 1, or count:n, with functions that the window holds"
            ) from error
        pairs = sorted(pairs, key=lambda pair: pair[1])
        orders = tuple(nu for nu, _ in pairs for _ in range(2 if nu else 1))
        roots = tuple(float(z) for nu, z in pairs for _ in range(2 if nu else 1))
        return cls(window, orders, roots, basis)

    @cached_property
    def window(self) -> Window:
        """L x L samples."""
        return Window.cube(self.length, 2)

    @property
    def size(self) -> int:
        """n, the number of real coefficients."""
        return len(self.orders)

    @property
    def shape(self) -> tuple[int, ...]:
        """(L, L)."""
        return self.window.shape

    @property
    def default_poses(self) -> int:
        """Eight angles to a period of the fastest basis function, at most 64."""
        return int(np.clip(8 * max(self.orders), 8, 64))

    @cached_property
    def _nu(self) -> np.ndarray:
        return np.array(self.orders)

    @cached_property
    def _partner(self) -> tuple[np.ndarray, np.ndarray]:
        """Index of the other one of each cosine-sine pair, and +1 for cosines, -1 for sines."""
        index, sign = np.arange(self.size), np.zeros(self.size)
        j = 0
        while j < self.size:
            if self.orders[j]:
                index[j], index[j + 1], sign[j], sign[j + 1] = j + 1, j, 1.0, -1.0
            j += 2 if self.orders[j] else 1
        return index, sign

    @cached_property
    def _functions(self) -> np.ndarray:
        """The basis sampled on the window, shape (L^2, n)."""
        return self._sampled(*(np.indices(self.shape).reshape(2, -1) - (self.length - 1) / 2))

    def _sampled(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """The basis at places counted from the centre, each of shape (places,), (places, n)."""
        radius = (self.length + 1) / 2
        r, theta = np.hypot(rows, columns) / radius, np.arctan2(rows, columns)
        nu, roots = self._nu, np.array(self.roots)
        norm = radius * np.abs(jv(nu + 1, roots)) * np.sqrt(np.where(nu, np.pi / 2, np.pi))
        sine = self._partner[1] < 0
        angular = np.where(sine, np.sin(nu * theta[:, None]), np.cos(nu * theta[:, None]))
        one = ~sine  # of a pair
        radial = jv(nu[one], roots[one] * r[:, None])[:, np.cumsum(one) - 1] * (r[:, None] < 1)
        return np.asarray(radial * angular / norm)

    def _rotated(self, x: np.ndarray, angles: np.ndarray) -> np.ndarray:
        """Coefficients of the image rotated by each angle, shape (K, n); x is (n,) or (K, n)."""
        index, sign = self._partner
        phase = np.multiply.outer(angles, self._nu)
        return np.asarray(x * np.cos(phase) - (sign * x[..., index]) * np.sin(phase))

    def poses(self, count: int) -> np.ndarray:
        """`count` equally spaced angles, shape (count, 1)."""
        return (2 * np.pi / count * np.arange(count))[:, None]

    def randomly_rotated_poses(self, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The angles, all larger by the same random one."""
        return poses + rng.uniform(0, 2 * np.pi)

    def quadrature(self) -> tuple[np.ndarray, np.ndarray]:
        """3 nu_max + 1 equal angles, which integrate products of three functions exactly."""
        count = 3 * max(self.orders) + 1
        return self.poses(count), np.full(count, 1 / count)

    def random_poses(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Angles uniform on [0, 2 pi), shape (count, 1)."""
        return rng.uniform(0, 2 * np.pi, (count, 1))

    def operator(self, poses: np.ndarray) -> np.ndarray:
        """The matrices P_phi, shape (K, L^2, n)."""
        return self.posed_operator(self._functions[None], poses)

    def moved_basis(self, fractions: np.ndarray) -> np.ndarray:
        """The functions sampled elsewhere, on one sample more along each side, shape
        (Q, (L + 2)^2, n): a disc of radius (L + 1)/2 reaches so far when it is moved.
        """
        wide = self.window.grown(self.move_margin)
        places = wide.grid - (wide.longest - 1) / 2 - fractions[:, None]
        return self._sampled(*places.reshape(-1, 2).T).reshape(len(fractions), wide.size, -1)

    def posed(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """Coefficients of the image rotated by each angle, shape (K, n)."""
        return self._rotated(np.asarray(x), poses[:, 0])

    def posed_adjoint(self, posed: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """The sum of the coefficients, each rotated back, shape (n,)."""
        return self._rotated(posed, -poses[:, 0]).sum(axis=0)

    def posing(self, poses: np.ndarray) -> Posing:
        """`posed` and `posed_adjoint` of these poses."""
        return posing_as_before(self, poses)

    def posed_operator(self, basis: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """The functions of a basis rotated by each angle, shape (K, W, n)."""
        index, sign = self._partner
        phase = np.multiply.outer(poses[:, 0], self._nu)[:, None, :]
        quadrature = basis[..., index] * sign
        return np.asarray(basis * np.cos(phase) + quadrature * np.sin(phase))

    def project(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """The image rotated by each angle, shape (K, L^2)."""
        return self._rotated(np.asarray(x), poses[:, 0]) @ self._functions.T

    def adjoint(self, images: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_phi P_phi^T images_phi, shape (n,)."""
        return self._rotated(images @ self._functions, -poses[:, 0]).sum(axis=0)

    def normal(self, weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_phi P_phi^T diag(weights_phi) P_phi, shape (n, n)."""
        return normal_matrix(self.operator, weights, poses, self.size)

    def expand(self, array: np.ndarray) -> np.ndarray:
        """Least-squares coefficients of an (L, L) image, shape (n,)."""
        return np.asarray(np.linalg.lstsq(self._functions, np.ravel(array), rcond=None)[0])

    def render(self, x: np.ndarray) -> np.ndarray:
        """The image, shape (L, L)."""
        return self.window.reshape(self._functions @ x)

    def align(self, x: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """x rotated by the angle that minimises ||rotated x - truth||, to rounding.

        The correlation with the truth is a trigonometric polynomial in the angle: its maximum on a
        grid of 16 angles to the shortest period is refined by Newton steps.
        """
        index, sign = self._partner
        even, odd = x * truth, -(sign * x[index]) * truth
        nu = self._nu
        grid = np.linspace(0, 2 * np.pi, 16 * (max(self.orders) + 1), endpoint=False)
        phase = np.multiply.outer(grid, nu)
        angle = grid[np.argmax(np.cos(phase) @ even + np.sin(phase) @ odd)]
        for _ in range(8):
            c, s = np.cos(nu * angle), np.sin(nu * angle)
            slope, curvature = nu @ (c * odd - s * even), nu**2 @ (c * even + s * odd)
            if curvature <= 0:
                break
            angle += np.clip(slope / curvature, -grid[1], grid[1])
        return self._rotated(x, np.array([angle]))[0]

    def symmetries(self, x: np.ndarray) -> np.ndarray:
        """The derivative by the angle, shape (1, n)."""
        index, sign = self._partner
        return (-self._nu * sign * x[index])[None]

    def resolution_levels(self) -> tuple["Disc"]:
        """Only the disc itself: images are found without marching."""
        return (self,)

    def recentred(self, x: np.ndarray) -> np.ndarray:
        """x itself: its place in the window is not free."""
        return x

    def translate(self, x: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
        """x moved by whole samples along rows and columns, expanded anew."""
        return self.expand(translated(self.render(x), shift))

    def shift_candidates(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """x moved by one sample along rows, columns and diagonals."""
        return (self.translate(x, shift) for shift in small_shifts(1, self.ndim))

    def random(self, rng: np.random.Generator) -> np.ndarray:
        """Samples uniform on [0, 1], scaled to Frobenius norm 2L (10 at L = 5), expanded."""
        image = rng.uniform(size=self.shape)
        return self.expand(2 * self.length * image / np.linalg.norm(image))


def _zeros_below(limit: float) -> list[tuple[int, float]]:
    """All (order, zero of J_order) with zero <= limit."""
    pairs: list[tuple[int, float]] = []
    for nu in range(int(limit) + 1):  # the first zero of J_nu is larger than nu
        zeros = jn_zeros(nu, int(limit / np.pi) + 2)
        pairs += [(nu, z) for z in zeros if z <= limit]
    return pairs


def _first(count: int, radius: float) -> list[tuple[int, float]]:
    """The pairs of the first `count` functions by frequency, below the Nyquist frequency."""
    kept: list[tuple[int, float]] = []
    for nu, zero in sorted(_zeros_below(np.pi * radius), key=lambda pair: pair[1]):
        width = 2 if nu else 1
        if count < width:
            break
        kept.append((nu, zero))
        count -= width
    else:
        if count:
            raise ValueError  # there are no more functions
    return kept
