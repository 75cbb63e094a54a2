"""Mean, power spectrum and bispectrum of a volume, which the moments of its projections depend on.

A shell c = (l, s) of a volume is a function on the sphere, f_c(u) = sum_m x_lms Y_lm(u). Integrals
of products of one, two or three shells,

    I_C(x) = int prod_{c in C} f_c(u) du,

change neither with a rotation nor with a reflection of the volume. All that a mean over rotations
can see of p samples r_1 ... r_p of its projections is linear in them:

    mean_R prod_i (P_R x)[r_i] = sum_C I_C(x) / h_C sum_{c} int prod_i Phi_{c_i}(r_i; u) du,

the inner sum over the distinct orders c of the shells C, with Phi_lms' of a section in place of x:

    Phi_c(r; u) = sum_m Psi[r, lms] Y_lm(u),
    h_C = int int prod_i (2 l_i + 1) / (4 pi) P_{l_i}(u v) du dv.

For T = int Y_{l_1} Y_{l_2} Y_{l_3} du is the one tensor that D^{l_1} D^{l_2} D^{l_3} leaves alone,
and T T^T / h its projector, h = ||T||^2. Where l_1 + l_2 + l_3 is odd, T is 0; the tensor in its
place changes sign with a reflection, and projections do not see it.

Source: Bendory et al., *Toward single particle reconstruction without particle picking: breaking
the detection limit* (moments of micrographs through a bispectrum).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement, permutations
from math import factorial, prod
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.polynomial.legendre import Legendre, leggauss

from mtdbench.spaces import Space
from mtdbench.spaces.volume.basis import ShellBasis
from mtdbench.spaces.volume.harmonics import harmonics

ORDERS_OF_INVARIANTS = (1, 2, 3)


@runtime_checkable
class HasShells(Protocol):
    """A space of volumes, expanded in shells."""

    @property
    def shells(self) -> ShellBasis:
        """The basis functions."""


def rotation_invariants(space: Space) -> "Bispectrum | None":
    """The invariants of a volume (mean, power spectrum, bispectrum), through which moments of its
    projections are fitted, since they are linear in them; None where moments are fitted directly.
    """
    return Bispectrum(space.shells) if isinstance(space, HasShells) else None


@dataclass(frozen=True)
class Bispectrum:
    """The invariants I_C of the volumes of a space, of the orders 1, 2 and 3."""

    basis: ShellBasis

    @cached_property
    def shells(self) -> np.ndarray:
        """Degree l of each shell c, ordered (l, s), shape (C,)."""
        return np.repeat(np.arange(self.basis.degree + 1), self.basis.radials)

    @cached_property
    def sets(self) -> tuple[np.ndarray, ...]:
        """The shells c_1 <= ... <= c_p of each invariant, shape (p, q_p), for each order p."""
        found = []
        for order in ORDERS_OF_INVARIANTS:
            every = combinations_with_replacement(range(len(self.shells)), order)
            found.append(np.array([c for c in every if self._norm(self.shells[list(c)])]).T)
        return tuple(found)

    @property
    def count(self) -> int:
        """q = q_1 + q_2 + q_3."""
        return sum(c.shape[1] for c in self.sets)

    def _norm(self, degrees: np.ndarray) -> float:
        """h_C; 0 where the integral vanishes for every volume."""
        if degrees.sum() % 2 or 2 * degrees.max() > degrees.sum():
            return 0.0
        t, weights = leggauss(int(degrees.sum()) // 2 + 1)
        product = weights * prod(Legendre.basis(int(degree))(t) for degree in degrees)
        return float(8 * np.pi**2 * np.prod((2 * degrees + 1) / (4 * np.pi)) * product.sum())

    def _sphere(self, share: int) -> tuple[np.ndarray, np.ndarray]:
        """Directions (U, 3) and weights (U,) that integrate products of three shells with an even
        sum of degrees: those z > 0 (share 1), or of them those y >= 0 (share 2), which are enough
        for what -z does not change.
        """
        degree = 3 * self.basis.degree
        t, weights = leggauss(2 * (degree // 4 + 1))
        t, weights = np.split(t, 2)[1], np.split(weights, 2)[1]
        turns = 2 * (degree // 2 + 1)
        phi = 2 * np.pi / turns * np.arange(turns // share)
        s = np.sqrt(1 - t**2)[:, None]
        mesh = np.broadcast_arrays(s * np.cos(phi), s * np.sin(phi), t[:, None])
        every = np.repeat(weights, len(phi))
        return np.stack(mesh, axis=-1).reshape(-1, 3), every * (4 * np.pi / every.sum())

    def _spread(self, values: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """f_c(u) for rows of coefficients, shape (..., C, U)."""
        parts = [
            np.einsum("...ms,um->...su", rows, harmonics(degree, directions))
            for degree, (_, rows) in enumerate(self.basis.by_degree(values))
        ]
        return np.concatenate(parts, axis=-2)

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        """Shells of unit coefficients as a matrix (C U, n), and the weights of the directions."""
        directions, weights = self._sphere(1)
        spread = self._spread(np.eye(self.basis.size), directions)
        return spread.reshape(self.basis.size, -1).T, weights

    def values(self, x: Any, xp: Any = np) -> Any:
        """I_C(x), shape (q,); `xp` is `numpy` or `jax.numpy`."""
        table, weights = self._table
        f = (table @ x).reshape(len(self.shells), -1)
        return xp.concatenate([xp.prod(f[c], axis=0) @ weights for c in self.sets])

    def means(self, points: Sequence[np.ndarray]) -> np.ndarray:
        """Means over rotations of products of samples, as rows that are multiplied by I(x).

        Parameters
        ----------
        points : for each row the samples r_1 ... r_p of a flat image, p index arrays as an array
            (p, M); the row is the sum over the M.

        Returns
        -------
        array, shape (rows, q)
        """
        directions, weights = self._sphere(2)
        phi = self._spread(self.basis.section, directions)  # (L^2, C, U)
        phi = np.ascontiguousarray(phi.transpose(1, 0, 2))
        first = phi * weights
        norms = [np.array([self._norm(self.shells[c]) for c in sets.T]) for sets in self.sets]
        repeats = [np.array([_symmetry(c) for c in sets.T]) for sets in self.sets]
        starts = np.cumsum([0, *(sets.shape[1] for sets in self.sets)])
        rows = np.zeros((len(points), self.count))
        for row, (here, *others) in zip(rows, points, strict=True):
            order = len(others) + 1
            tensor = _product(first[:, here], [phi[:, there] for there in others])
            sets, scale = self.sets[order - 1], norms[order - 1] * repeats[order - 1]
            every = sum(tensor[tuple(sets[list(p)])] for p in permutations(range(order)))
            row[starts[order - 1] : starts[order]] = every / scale
        return rows


def _symmetry(shells: np.ndarray) -> int:
    """How many of the orders of these shells are the same one."""
    return prod(factorial(int(n)) for n in np.unique(shells, return_counts=True)[1])


def _product(first: np.ndarray, others: list[np.ndarray]) -> np.ndarray:
    """sum over points and directions of products of p arrays (C, points, U), shape (C,) * p."""
    if not others:
        return np.asarray(first.sum(axis=(1, 2)))
    count, (*between, last) = len(first), others
    for factor in between:
        first = (first[..., None, :, :] * factor).reshape(-1, *factor.shape[1:])
    product = first.reshape(len(first), -1) @ last.reshape(count, -1).T
    return np.asarray(product.reshape((count,) * (len(others) + 1)))
