"""The score of the patch model: how each patch's log-likelihood changes with the parameters."""

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from mtdbench.likelihood.e_step import log_probabilities
from mtdbench.model.forward import ForwardModel
from mtdbench.model.shifts import overlaps, shifted


@dataclass(frozen=True, slots=True, eq=False)
class PatchModel:
    """The model of patches of the first optics group at one point: object, poses, prior with one
    free parameter, and noise.

    Attributes
    ----------
    forward : ForwardModel
    x : array, shape (n,)
    poses : array, shape (K, p)
        What is summed over, by the weights that the forward model gives them.
    seen : float
        Probability that a patch shows a part of a copy; all shifts alike.
    sigma : float
    """

    forward: ForwardModel
    x: np.ndarray
    poses: np.ndarray
    seen: float
    sigma: float

    @property
    def logits(self) -> int:
        """Logits of a patch: prod (2 L_i - 1) shifts times K poses."""
        return len(self.poses) * len(self.forward.support.shifts)

    def scores(self, patches: np.ndarray) -> np.ndarray:
        """d log p(patch) / d(x, seen, sigma) of each patch, shape (m, n + 2).

        With I_g = P_g x, the weights w of the posterior, and B_g = sum_s w_sg C_s^T patch,
        M_g = sum_s w_sg C_s^T 1 of that patch alone,

            d/dx = sum_g P_g^T (B_g - M_g I_g) / sigma^2,
            d/dseen = w_seen / seen - w_empty / (1 - seen),
            d/dsigma = E ||patch - what it shows||^2 / sigma^3 - L^d / sigma.

        Parameters
        ----------
        patches : array, shape (m, L^d)
            Without the background; L^d is the number of samples of the forward model's support.
        """
        window, operator = self.forward.support, self.forward.operator(self.poses)
        templates, visible = operator @ self.x, overlaps(window).visible.astype(float)
        patches = patches.astype(float)
        aligned = shifted(patches, window)  # C_s^T patch, (m, S, L^d)
        energies = visible @ (templates**2).T
        logits = (aligned @ templates.T - energies / 2) / self.sigma**2
        weights = self.forward.pose_weights(self.poses)
        logits += np.log(self.seen / energies.size)
        if weights is not None:
            logits += log_probabilities(weights * len(weights))
        flat = np.pad(
            logits.reshape(len(patches), -1),
            ((0, 0), (0, 1)),
            constant_values=np.log(1 - self.seen),
        )
        posterior = softmax(flat, axis=1)
        empty, w = posterior[:, -1], posterior[:, :-1].reshape(logits.shape).swapaxes(1, 2)
        b, m = w @ aligned, w @ visible  # (m, K, L^d)
        by_x = (b - m * templates).reshape(len(patches), -1) @ operator.reshape(-1, len(self.x))
        residual = np.sum(patches**2, axis=1) + np.sum((m * templates - 2 * b) * templates, (1, 2))
        by_seen = (1 - empty) / self.seen - empty / (1 - self.seen)
        by_sigma = residual / self.sigma**3 - patches.shape[1] / self.sigma
        return np.column_stack([by_x / self.sigma**2, by_seen, by_sigma])
