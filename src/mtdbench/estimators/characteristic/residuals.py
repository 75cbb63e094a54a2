"""The least-squares problem of a characteristic function."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mtdbench.model.forward import ForwardModel
from mtdbench.model.shifts import shifted
from mtdbench.moments.characteristic_function import DOUBLE_PRECISION_PHASES, model_characteristic


@dataclass(frozen=True, eq=False)
class CharacteristicResiduals:
    """W (phi(omega; theta) - measured) with theta = (x, log gamma), or (x, log sigma, log gamma)
    where sigma is not known.

    Attributes
    ----------
    forward : ForwardModel
    poses : array, shape (K, p)
        What psi averages over.
    frequencies : array, shape (m, L^d)
    measured : array, shape (2m,)
        Real parts, then imaginary parts.
    weights : array, shape (w, 2m)
        W.
    sigma : float or None

    See `mtdbench.moments.characteristic_function` for the formula.
    """

    forward: ForwardModel
    poses: np.ndarray
    frequencies: np.ndarray
    measured: np.ndarray
    weights: np.ndarray
    sigma: float | None

    @cached_property
    def _operator(self) -> np.ndarray:
        return self.forward.operator(self.poses)

    @cached_property
    def _waves(self) -> np.ndarray:
        waves = shifted(self.frequencies, self.forward.support)
        phases = waves.shape[0] * waves.shape[1] * len(self.poses)
        return waves.astype(np.float64 if phases <= DOUBLE_PRECISION_PHASES else np.float32)

    def residual(self, theta: np.ndarray) -> np.ndarray:
        """Shape (w,)."""
        return self._at(theta)[0]

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """Shape (w, len(theta))."""
        return self._at(theta)[1]

    def _at(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Residual and Jacobian, computed once at each point."""
        last: dict[bytes, tuple[np.ndarray, np.ndarray]] = self._last
        key = theta.tobytes()
        if key not in last:
            last.clear()
            last[key] = self._evaluated(theta)
        return last[key]

    @cached_property
    def _last(self) -> dict[bytes, tuple[np.ndarray, np.ndarray]]:
        return {}

    def _evaluated(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n, m = self.forward.space.size, len(self.frequencies)
        x, gamma = theta[:n], np.exp(theta[-1])
        sigma = np.exp(theta[n]) if self.sigma is None else self.sigma
        share = gamma * self.forward.support.visible_share
        squares = np.tile(np.sum(self.frequencies**2, axis=1), 2)
        damping = np.exp(-(sigma**2) * squares / 2)
        psi, slope = model_characteristic(self._waves, self._operator @ x)
        psi[:m] -= 1
        phi = damping * share * psi
        by_gamma = phi[:, None]
        phi = phi + np.where(np.arange(2 * m) < m, damping, 0)
        by_x = (damping * share)[:, None] * (
            slope.reshape(2 * m, -1) @ self._operator.reshape(-1, n)
        )
        columns = [by_x, by_gamma]
        if self.sigma is None:
            columns.insert(1, (-(sigma**2) * squares * phi)[:, None])
        return self.weights @ (phi - self.measured), self.weights @ np.concatenate(columns, axis=1)
