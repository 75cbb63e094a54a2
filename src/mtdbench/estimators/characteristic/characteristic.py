"""Matching the characteristic function of windows: distribution matching with a fixed critic."""

from collections.abc import Iterator

import numpy as np

from mtdbench.estimators.characteristic.characteristic_cost import characteristic_operations
from mtdbench.estimators.characteristic.characteristic_problem import CharacteristicProblem
from mtdbench.estimators.characteristic.frequencies import aligned
from mtdbench.estimators.characteristic.residuals import CharacteristicResiduals
from mtdbench.estimators.declaration import declare
from mtdbench.estimators.density_fit import DensityFit
from mtdbench.estimators.options import at_least, well_separated
from mtdbench.estimators.random_start import GUESSED_DENSITY, random_start
from mtdbench.estimators.tested_estimator import with_null_test
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.ranks.communicator import ONE_RANK, Ranks

DIRECTION_SCATTER = 1.0  # of the directions of frequencies about those of what windows see


@with_null_test
@declare(
    cost=characteristic_operations,
    carries=("background", "mask"),
    renamed={"starts": "n_init"},
)
def characteristic(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    ranks: Ranks = ONE_RANK,
    n_init: int | None = None,
    frequencies: int = 600,
    stages: int = 1,
    poses: int | None = None,
    windows: int = 2**20,
) -> Iterator[Estimate]:
    """The object whose windows have the characteristic function of the measurement's windows.

    Weighted least squares in (x, gamma), and sigma where that is not known, over windows at any
    offset, the weights the inverse covariance of what was measured. Random starts are fitted at
    random frequencies; each further stage measures anew at frequencies half of which are chosen
    from the last estimate, and goes on from there.

    Options
    -------
    n_init : random starts; None is 10 for signals and images, and 2 for volumes.
    frequencies : of each further stage; the first has half as many.
    stages : further ones, after the first.
    poses : K, the number of poses averaged over; the space's own where None.
    windows : at most so many are read.
    null_test : whether the last estimate is held against noise alone, as that of `em` is, see
        `mtdbench.estimators.tested_estimator`. `mtdbench estimate` turns this on.

    Source: Feuerverger, McDunnough, *On the efficiency of empirical characteristic function
    procedures*, J. R. Stat. Soc. B 43 (1981); for windows of a measurement it is ours.
    """
    counts = {"n_init": n_init, "frequencies": frequencies, "poses": poses, "windows": windows}
    at_least("characteristic", 1, **counts)
    at_least("characteristic", 0, stages=stages)
    well_separated("characteristic", measurement)
    n_init = n_init or (2 if measurement.space.place_is_free else 10)
    first = [random_start(measurement, rng, ranks) for _ in range(n_init)]
    draws, noise = [start.x for start in first], first[0].sigma
    problem = CharacteristicProblem(
        measurement, noise, poses or measurement.space.default_poses, windows, ranks
    )
    fit = problem.at(problem.scattered(rng, -(-frequencies // 2), draws[0]))
    best, note = None, ""
    for tried, x in enumerate(draws, start=1):
        this = problem.fitted(fit, x, GUESSED_DENSITY)
        if best is None or this.cost < best.cost:
            best = this
        note = f"best of {tried} random starts"
        yield _estimate(best, note, fit, stages == 0)
    assert best is not None
    for stage in range(1, stages + 1):
        longest = problem.resolved(fit, best)
        half = problem.scattered(rng, frequencies // 2, best.x)
        other = aligned(
            rng, frequencies - len(half), measurement.forward, best.x, longest, DIRECTION_SCATTER
        )
        fit = problem.at(np.concatenate([half, other]))
        best = problem.fitted(fit, best.x, best.density, best.others)
        yield _estimate(best, f"{note}, stage {stage + 1}", fit, stage == stages)


def _estimate(fit: DensityFit, note: str, at: CharacteristicResiduals, last: bool) -> Estimate:
    """What is given back."""
    count = len(at.frequencies)
    return Estimate(
        fit.x,
        density=fit.density,
        objective=fit.cost,
        sigma=at.sigma or float(np.exp(fit.others[0])),
        converged=fit.converged and last,
        note=f"{note}, {count} frequencies, {fit.cost:.0f} half the sum of squares",
    )
