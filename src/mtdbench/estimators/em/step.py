"""One step of approximate EM, the same in every space, and its parameters as one vector."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve
from scipy.sparse.linalg import LinearOperator, cg

from mtdbench.estimators.em.prior import Family, Prior, family
from mtdbench.likelihood.e_step import Source, Statistics, statistics
from mtdbench.numerics.anderson import accelerate
from mtdbench.spaces import Space

RIDGE = 1e-13  # relative; only keeps the normal matrix regular where no patch shows a copy
LEAST = 1e-150  # added where no patch shows any copy at all; x is then 0
DENSE = 128  # coefficients up to which the normal matrix is formed; CG is quicker for more
RESIDUAL = 1e-10
MOST_STEPS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """What EM estimates: x (n,), the prior rho over the views, the empty one last, and sigma."""

    x: np.ndarray
    prior: np.ndarray
    sigma: float


def _solved(
    space: Space, poses: np.ndarray, visibility: np.ndarray, b: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """The solution of A x = b by the matrix A."""
    a = space.normal(visibility, poses)
    a[np.diag_indices_from(a)] += RIDGE * np.trace(a) / len(a) + LEAST
    return np.asarray(solve(a, b, assume_a="pos"))


def _iterated(
    space: Space, poses: np.ndarray, visibility: np.ndarray, b: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """The solution of A x = b by conjugate gradients from `start`, without the matrix A."""

    def product(x: np.ndarray) -> np.ndarray:
        return space.adjoint(visibility * space.project(x, poses), poses)

    a = LinearOperator((space.size, space.size), matvec=product, dtype=float)
    return np.asarray(cg(a, b, x0=start, rtol=RESIDUAL, maxiter=MOST_STEPS)[0])


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Everything of an EM iteration that does not change from step to step.

    Attributes
    ----------
    space : Space
    poses : array, shape (K, p)
    source : Source
        The patches.
    prior : {"uniform", "free", "pairs"}
        One free parameter (the share of empty patches), one to each view, or views of two copies
        too, with their separations free.
    learn_sigma : bool
        Whether sigma is a parameter too.
    """

    space: Space
    poses: np.ndarray
    source: Source
    prior: Prior = "uniform"
    learn_sigma: bool = False

    @property
    def family(self) -> Family:
        """The priors that are possible."""
        return family(self.prior, self.space)

    def expectation(self, parameters: Parameters) -> Statistics:
        """E-step: the statistics of all patches, and their log-likelihood."""
        templates = self.space.project(parameters.x, self.poses)
        ndim, pairs = self.space.ndim_measurement, self.family.pairs
        return statistics(self.source, templates, parameters.prior, parameters.sigma, ndim, pairs)

    def maximisation(self, s: Statistics, parameters: Parameters) -> Parameters:
        """M-step: solve A x = b with A = sum_g P_g^T diag(M_g) P_g and b = sum_g P_g^T B_g.

        rho is the likeliest of its family for the posterior share of each view; sigma^2 the mean
        squared residual (sum_p ||patch_p||^2 - x^T b) / (P L^d), for x^T A x = x^T b at the
        solution.
        """
        b = self.space.adjoint(s.images, self.poses)
        solution = _solved if self.space.size <= DENSE else _iterated
        x = solution(self.space, self.poses, s.visibility, b, parameters.x)
        prior = self.family.fitted(s.views / s.patches)
        sigma = parameters.sigma
        if self.learn_sigma:
            sigma = float(np.sqrt((s.energy - x @ b) / (s.patches * s.images.shape[1])))
        return Parameters(x, prior, sigma)

    def step(self, parameters: Parameters) -> tuple[Parameters, float]:
        """One EM iteration: the next parameters, and the log-likelihood per patch of these."""
        s = self.expectation(parameters)
        if not np.isfinite(s.loglik):  # extrapolated too far: not accepted by the guard
            return parameters, -np.inf
        return self.maximisation(s, parameters), s.loglik / s.patches

    def pack(self, parameters: Parameters, scale: float) -> np.ndarray:
        """The parameters as a vector in which all directions matter alike: x / scale, the square
        roots of what is free in the prior (so that every vector is a valid prior), log sigma where
        it is learnt.
        """
        shares = self.family.shares(parameters.prior)
        sigma = [np.log(parameters.sigma)] if self.learn_sigma else []
        return np.concatenate([parameters.x / scale, np.sqrt(shares), sigma])

    def unpack(self, theta: np.ndarray, scale: float, like: Parameters) -> Parameters:
        """The inverse of `pack`; what theta does not hold is as in `like`."""
        n = self.space.size
        roots = theta[n:-1] if self.learn_sigma else theta[n:]
        prior = self.family.rho(roots**2 / np.sum(roots**2))
        sigma = float(np.exp(theta[-1])) if self.learn_sigma else like.sigma
        return Parameters(theta[:n] * scale, prior, sigma)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """One accepted iteration of EM.

    Attributes
    ----------
    parameters : Parameters
        After the M-step.
    objective : float
        Log-likelihood per patch of the parameters that the E-step used.
    iteration : int
        E-steps so far, rejected ones included.
    residual : float
        Relative change of the packed parameters in the step.
    """

    parameters: Parameters
    objective: float
    iteration: int
    residual: float


def iterate(task: Task, start: Parameters, depth: int) -> Iterator[State]:
    """EM from `start`, accelerated with that depth (0: plain); the objective never decreases."""
    scale = float(np.linalg.norm(start.x)) or 1.0

    def step(theta: np.ndarray) -> tuple[np.ndarray, float]:
        following, objective = task.step(task.unpack(theta, scale, start))
        return task.pack(following, scale), objective

    for point in accelerate(step, task.pack(start, scale), depth):
        parameters = task.unpack(point.image, scale, start)
        yield State(parameters, point.objective, point.evaluations, point.residual)
