"""Fits of moments from several random starts, and what they say of the copies' separations."""

from collections.abc import Iterator

import numpy as np

from mtdbench.estimators.autocorrelation.moment_problem import MomentProblem
from mtdbench.estimators.autocorrelation.moment_solvers import MomentFitter
from mtdbench.estimators.density_fit import DensityFit
from mtdbench.estimators.random_start import GUESSED_DENSITY, random_start
from mtdbench.model.forward import ForwardModel
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.moments.neighbour_terms import neighbour_geometry
from mtdbench.ranks.communicator import ONE_RANK, Ranks

SAME_MINIMUM = 1e-6  # of a cost: fits that differ by less are of one minimum


def fit_from_starts(
    problem: MomentProblem,
    measurement: Measurement,
    rng: np.random.Generator,
    n_init: int,
    fit: MomentFitter,
    ranks: Ranks = ONE_RANK,
) -> Iterator[Estimate]:
    """The best fit so far after each of the random starts, which know the measurement alone."""
    best = None
    what = "moments" if problem.box else "invariants of the moments"
    for tried in range(1, n_init + 1):
        start = random_start(measurement, rng, ranks)
        x = before_filters(start.x, problem.forward)
        this = fit(problem, x, GUESSED_DENSITY)
        if best is None or better(this, best):
            best = this
        yield Estimate(
            best.x,
            density=best.density,
            objective=best.cost,
            iterations=tried,
            pairs=estimated_separations(problem, best),
            converged=best.converged,
            note=f"best of {tried} random starts, {problem.target.size} {what}",
        )


def before_filters(x: np.ndarray, forward: ForwardModel) -> np.ndarray:
    """x so scaled that what the filters make of it has the energy that x has: that is what the
    measurement implies of a start.
    """
    if "filter" not in forward.features:
        return x
    poses, _ = forward.space.quadrature()
    bare, groups = forward.space.project(x, poses), forward.group_shares
    shown = sum(share * np.sum(forward.project(x, poses, k) ** 2) for k, share in groups)
    return np.asarray(x * np.sqrt(np.sum(bare**2) / shown))


def better(this: DensityFit, best: DensityFit) -> bool:
    """Whether a fit takes the place of the best so far: at the same minimum, where the optimiser
    met its tolerance.
    """
    if abs(this.cost - best.cost) <= SAME_MINIMUM * best.cost:
        return this.converged and not best.converged
    return this.cost < best.cost


def estimated_separations(problem: MomentProblem, fit: DensityFit) -> np.ndarray | None:
    """xi = gamma h / L^d at each of the displacements, h = 1 where no lag reaches; None where the
    copies are well separated.
    """
    if problem.ridge is None or problem.box is None:
        return None
    window = problem.forward.support
    geometry = neighbour_geometry(window, problem.box)
    rho = fit.density / window.size
    return rho * np.append(fit.others, 1.0)[geometry.label]
