"""EM's parameters as one vector, which an accelerator combines."""

from dataclasses import dataclass

import numpy as np

from mtdbench.estimators.em.operator import EMOperator, Parameters


@dataclass(frozen=True, slots=True, eq=False)
class Packing:
    """The parameters as a vector in which all directions matter alike: x / scale, the square roots
    of what is free in the prior (so that every vector is a valid prior), log sigma where it is
    learned.

    Attributes
    ----------
    operator : EMOperator
    like : Parameters
        What the vector does not hold is as in these; ||x|| is the scale.
    """

    operator: EMOperator
    like: Parameters

    @property
    def scale(self) -> float:
        """||x|| of the start, or 1."""
        return float(np.linalg.norm(self.like.x)) or 1.0

    def pack(self, parameters: Parameters) -> np.ndarray:
        """The vector theta of some parameters."""
        shares = self.operator.family.shares(parameters.prior)
        sigma = [np.log(parameters.sigma)] if self.operator.learn_sigma else []
        return np.concatenate([parameters.x / self.scale, np.sqrt(shares), sigma])

    def unpack(self, theta: np.ndarray) -> Parameters:
        """The parameters of a vector: the inverse of `pack`."""
        n, learned = len(self.like.x), self.operator.learn_sigma
        roots = theta[n:-1] if learned else theta[n:]
        prior = self.operator.family.rho(roots**2 / np.sum(roots**2))
        sigma = float(np.exp(theta[-1])) if learned else self.like.sigma
        return Parameters(theta[:n] * self.scale, prior, sigma)
