"""An estimator run to its end on a measurement in memory."""

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators import registry
from mtdbench.estimators.declaration import Estimator, privileged_inputs
from mtdbench.estimators.options import check_carried, convert_options
from mtdbench.estimators.sharing import shared_inputs
from mtdbench.library.progress_bar import ProgressBar
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.ranks.communicator import ONE_RANK, Ranks
from mtdbench.run.drive import drive
from mtdbench.run.follow import shared_start
from mtdbench.run.job import Snapshot
from mtdbench.run.stopwatch import Stopwatch


def estimate(
    measurement: Measurement,
    estimator: str | Estimator = "em",
    *,
    seed: int = 0,
    budget: float | None = None,
    progress: bool = False,
    callback: Callable[[Estimate], None] | None = None,
    ranks: Ranks = ONE_RANK,
    **options: Any,
) -> Estimate:
    """The last estimate of an estimator.

    Parameters
    ----------
    measurement : Measurement
    estimator : str or callable
        Name of a registered estimator (`mtdbench list` shows them all), or a generator function
        `f(measurement, rng, *, option=...)` of one's own that yields an `Estimate` after each step.
    seed : int
        Of the estimator's random numbers.
    budget : float or None
        Seconds after which no better estimate is asked for.
    progress : bool
        Whether to show a progress bar on stderr.
    callback : callable or None
        Is given every estimate, in order; `history.append` keeps them all.
    ranks : Ranks
        The processes that share the work, all of which call this function alike, see
        `mtdbench.ranks.launch.own_ranks`; each returns the same estimate. The first one's budget
        counts.
    **options
        The estimator's own, checked against its signature. Those that are references also need
        what they are told: `placement=data.placement`, `truth=data.truth`.

    Returns
    -------
    Estimate
        `x` has the coefficients, shape (n,); `measurement.space.render(x)` the samples.

    Raises
    ------
    InputError
        If there is no such estimator or option, or the estimator declines the measurement.
    FloatingPointError
        If an estimate holds NaN or infinities.
    Exception
        Whatever else the estimator raises.

    Examples
    --------
    >>> found = estimate(data.measurement, "autocorrelation", n_init=3)
    """
    if budget is not None and not (math.isfinite(budget) and budget > 0):
        raise InputError(f"budget {budget}: expected a positive number of seconds")
    start = shared_start(_bound(measurement, estimator, seed, ranks, options), ranks)
    latest: list[Estimate] = []

    def estimates() -> Iterator[Estimate]:
        for found in start():
            latest[:] = [found]
            yield found

    with ProgressBar(sys.stderr, shown=progress) as bar:

        def report(snapshot: Snapshot, keep: bool) -> None:
            bar.show(snapshot)
            latest[:] = [replace(latest[0], x=snapshot.coefficients())]
            if callback is not None:
                callback(latest[0])

        leading = None if ranks.rank else budget
        outcome = drive(estimates, measurement.space.size, Stopwatch(), report, leading)
    if outcome.error is not None:
        raise outcome.error
    if outcome.status == "diverged":
        raise FloatingPointError(outcome.reason)
    if not latest:
        raise RuntimeError(outcome.reason)
    return latest[0]


def _bound(
    measurement: Measurement,
    estimator: str | Estimator,
    seed: int,
    ranks: Ranks,
    options: dict[str, Any],
) -> Callable[[], Iterator[Estimate]]:
    """A function that calls the estimator with its options, which are checked here."""
    if isinstance(estimator, str):
        name, function = estimator, registry.load(estimator)
    else:
        name, function = getattr(estimator, "__name__", type(estimator).__name__), estimator
    check_carried(name, function, measurement)
    asked = privileged_inputs(function)
    if missing := [key for key in asked if options.get(key) is None]:
        raise InputError(
            f"estimator '{name}' has to be told the {missing[0]}: expected {missing[0]}=..."
        )
    told = {key: options[key] for key in asked}
    given = {key: value for key, value in options.items() if key not in asked}
    checked = convert_options(name, function, given) | shared_inputs(name, function, ranks)
    rng = np.random.default_rng(seed)
    return lambda: function(measurement, rng, **checked, **told)
