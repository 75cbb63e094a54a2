"""The EM operator: one step of approximate EM, the same in every space."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
from scipy.linalg import solve
from scipy.sparse.linalg import LinearOperator, cg

from mtdbench.estimators.em.prior import PriorFamily
from mtdbench.likelihood.e_step import DataSource, PatchSource, Statistics
from mtdbench.likelihood.pass_sums import PatchPass
from mtdbench.model.forward import ForwardModel
from mtdbench.model.normal_product import normal_product
from mtdbench.model.patches import Patches
from mtdbench.model.shifts import Overlaps, overlaps
from mtdbench.ranks.communicator import ONE_RANK, Ranks, share_of

RIDGE = 1e-13  # relative; only keeps the normal matrix regular where no patch shows a copy
LEAST_RIDGE = 1e-150  # added where no patch shows any copy at all; x is then 0
DENSE = 128  # coefficients up to which the normal matrix is formed; CG is quicker for more
RESIDUAL = 1e-10
MOST_CG_STEPS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """What EM estimates: x (n,), the prior rho over the overlaps, the empty one last, and sigma."""

    x: np.ndarray
    prior: np.ndarray
    sigma: float


GroupSources = tuple[tuple[int, DataSource], ...]
"""The data of each optics group."""

NormalSolver = Callable[
    [ForwardModel, np.ndarray, list[tuple[int, np.ndarray]], np.ndarray, np.ndarray], np.ndarray
]
"""(forward model, poses, [(group, M_g)], b, start) to the solution x of A x = b."""


def solved_densely(
    forward: ForwardModel,
    poses: np.ndarray,
    visibility: list[tuple[int, np.ndarray]],
    b: np.ndarray,
    start: np.ndarray,
) -> np.ndarray:
    """The solution of A x = b by the matrix A = sum_k sum_g P_g^T A_k^T diag(M_kg) A_k P_g."""
    a = reduce(add, [forward.normal(m, poses, group) for group, m in visibility])
    a[np.diag_indices_from(a)] += RIDGE * np.trace(a) / len(a) + LEAST_RIDGE
    return np.asarray(solve(a, b, assume_a="pos"))


def solved_iteratively(
    forward: ForwardModel,
    poses: np.ndarray,
    visibility: list[tuple[int, np.ndarray]],
    b: np.ndarray,
    start: np.ndarray,
) -> np.ndarray:
    """The solution of A x = b by conjugate gradients from `start`, without the matrix A."""
    product = normal_product(forward, poses, visibility)
    a = LinearOperator((len(b), len(b)), matvec=product, dtype=float)
    return np.asarray(cg(a, b, x0=start, rtol=RESIDUAL, maxiter=MOST_CG_STEPS)[0])


def quickest_solver(forward: ForwardModel, dense: int = DENSE) -> NormalSolver:
    """The solver for as many coefficients as the space has."""
    return solved_densely if forward.space.size <= dense else solved_iteratively


@dataclass(frozen=True, slots=True, eq=False)
class EMOperator:
    """Everything of an EM iteration that does not change from step to step.

    Attributes
    ----------
    forward : ForwardModel
    poses : array, shape (K, p)
    sources : GroupSources
    family : PriorFamily
        The priors that are possible.
    learn_sigma : bool
        Whether sigma is a parameter too.
    solver : NormalSolver
        Of the M-step's linear system.
    ranks : Ranks
        Each has its share of the patches as sources; all make the same M-step.
    """

    forward: ForwardModel
    poses: np.ndarray
    sources: GroupSources
    family: PriorFamily
    learn_sigma: bool
    solver: NormalSolver
    ranks: Ranks = ONE_RANK

    @property
    def overlaps(self) -> Overlaps:
        """How a patch and a copy overlap, or several copies."""
        return overlaps(self.forward.support, self.family.pairs, self.family.crowded)

    @property
    def pose_count(self) -> int:
        """The poses of the space among them; all, unless each has several fractions of a sample."""
        return len(self.poses) // len(self.forward.grid_fractions)

    def share(self, patches: Patches, patch_pass: PatchPass) -> range:
        """Which of some patches are this rank's: whole blocks of the pass."""
        count, window = len(self.poses), self.forward.support
        logits = (self.overlaps.count - 1) * count + 1
        block = patch_pass.block_size(window.size, logits, count)
        return share_of(self.ranks, len(patches), block)

    def source(self, patches: Patches, patch_pass: PatchPass, dtype: type) -> PatchSource:
        """The source of this rank's share of some patches."""
        return PatchSource.of(patches, patch_pass, dtype, share=self.share(patches, patch_pass))

    def expectation(self, parameters: Parameters) -> list[tuple[int, Statistics]]:
        """E-step: the statistics of the patches of each optics group, with their log-likelihood;
        over all ranks.
        """

        def share() -> list[np.ndarray]:
            found = (self._statistics(parameters, *each) for each in self.sources)
            return [array for statistics in found for array in statistics.arrays()]

        sums = self.ranks.total(share)
        each = len(sums) // len(self.sources)
        return [
            (group, Statistics.of_arrays(sums[i * each : (i + 1) * each]))
            for i, (group, _) in enumerate(self.sources)
        ]

    def _statistics(self, parameters: Parameters, group: int, source: DataSource) -> Statistics:
        """Those of this rank's share of the patches of an optics group."""
        if not len(source) and self.ranks.size > 1:
            return Statistics.of_none(len(self.poses), self.overlaps)
        weights = self.forward.pose_weights(self.poses)
        templates = self.forward.project(parameters.x, self.poses, group)
        arguments = templates, parameters.prior, parameters.sigma, self.overlaps
        return source.statistics(*arguments, weights)

    def maximisation(
        self, statistics: list[tuple[int, Statistics]], parameters: Parameters
    ) -> Parameters:
        """M-step: solve A x = b with A = sum_g P_g^T diag(M_g) P_g and b = sum_g P_g^T B_g, summed
        over the optics groups.

        rho is the likeliest of its family for the posterior share of each overlap (where a patch
        may see a crowd, the mean number of copies there); sigma^2 the mean
        squared residual (sum_p ||patch_p||^2 - x^T b) / (P L^d), with P L^d the samples that were
        measured, for x^T A x = x^T b at the solution.
        """
        forward, poses = self.forward, self.poses
        b = reduce(add, [forward.adjoint(s.images, poses, group) for group, s in statistics])
        groups = sorted({group for group, _ in statistics})
        visibility = [
            (k, reduce(add, [s.visibility for group, s in statistics if group == k]))
            for k in groups
        ]
        x = self.solver(forward, poses, visibility, b, parameters.x)
        prior, sigma = self.fitted_prior(statistics), parameters.sigma
        if self.learn_sigma:
            energy = sum(s.energy for _, s in statistics)
            samples = sum(s.samples for _, s in statistics)
            sigma = float(np.sqrt((energy - x @ b) / samples))
        return Parameters(x, prior, sigma)

    def fitted_prior(self, statistics: list[tuple[int, Statistics]]) -> np.ndarray:
        """The likeliest prior of the family for the posterior weights of the overlaps."""
        patches = sum(s.patches for _, s in statistics)
        return self.family.fitted(reduce(add, [s.overlaps for _, s in statistics]) / patches)

    def step(self, parameters: Parameters) -> tuple[Parameters, float]:
        """One EM iteration: the next parameters, and the log-likelihood per patch of these."""
        statistics = self.expectation(parameters)
        objective = loglik_per_patch(statistics)
        if not np.isfinite(objective):  # extrapolated too far: not accepted by the guard
            return parameters, -np.inf
        return self.maximisation(statistics, parameters), objective


def loglik_per_patch(statistics: list[tuple[int, Statistics]]) -> float:
    """The log-likelihood of all patches, divided by their number."""
    return sum(s.loglik for _, s in statistics) / sum(s.patches for _, s in statistics)
