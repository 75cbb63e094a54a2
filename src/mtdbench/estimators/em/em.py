"""Approximate expectation-maximisation, in every space."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators.em.frequency_marching import march
from mtdbench.estimators.em.prior import Prior
from mtdbench.estimators.em.problem import Problem, is_volume, make_problem, to_estimate
from mtdbench.estimators.em.restarts import pilot
from mtdbench.estimators.em.shift_annealing import coarse_to_fine
from mtdbench.estimators.em.step import Parameters, iterate
from mtdbench.estimators.em.stochastic import stochastic
from mtdbench.estimators.options import at_least
from mtdbench.estimators.random_start import GUESSED_DENSITY
from mtdbench.estimators.registry import load, names, told
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.measurement import Estimate, Measurement

WIDEST_PAIRS = 256  # window whose L^3/2 pairs of pixels are kept
PASS_LOGITS = 2**32  # of an iteration of stochastic EM where no share is given


@dataclass(frozen=True, slots=True)
class Rule:
    """When EM ends: after `iterations`, or when `gains` of them in a row rise the log-likelihood
    by less than `tolerance` nats each.
    """

    iterations: int
    gains: int
    tolerance: float


PUBLISHED = Rule(iterations=10, gains=1, tolerance=0.5)


def em(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    poses: int | None = None,
    starts: int | None = None,
    start: str = "random",
    coarse: bool = False,
    prior: Prior | None = None,
    grids: int = 1,
    share: float | None = None,
    depth: int = 8,
    stop: Literal["converged", "published"] = "converged",
    tolerance: float = 1e-3,
    iterations: int = 1000,
    precision: Literal["auto", "single", "double"] = "auto",
) -> Iterator[Estimate]:
    """Maximum likelihood of the patch model by accelerated EM from several starts.

    Options
    -------
    poses : K, the number of poses summed over; the space's own where None.
    starts : random starts; all run on a part of the patches, the likeliest goes on. None is 8 for
        signals and images, and 3 for volumes, of which nearly every start ends at the same place.
    start : "random", or the name of the estimator whose result is the only start, or where
        coefficients are: a .npy file, a truth.npz, or a folder that `mtdbench estimate` wrote.
    coarse : whether each random start first goes through stages of EM with few shifts, m = 2, 4, 8,
        ... <= L of the 2L circular ones, as in [ASD1]; each costs up to 50 iterations.
    prior : "uniform" (only the share of empty patches is free), "free" (every view is), or "pairs"
        (a patch may see two copies, at separations that are estimated; signals only). None is
        "pairs" for signals under arbitrary spacing, else "uniform".
    grids : shifted grids of patches, 1 as in the papers; more are a composite likelihood, which
        lowers the error at as many times the cost.
    share : share of the patches drawn for each iteration; below 1 the method is stochastic EM,
        with 1 it is full batch, whose likelihood never decreases. None is 1 for signals and
        images; for volumes as much as an iteration affords, stochastic in any case, since a grid
        of poses that stays where it is leaves its mark on a volume.
    depth : of the Anderson acceleration of full batches; 0 is plain EM.
    stop : "converged", or the papers' rule "published": one start, no acceleration, at most ten
        iterations, and none after the log-likelihood rose by less than 0.5.
    tolerance : converged when an iteration raises the log-likelihood by less, in nats.
    iterations : at most so many after the pilot and the marching.
    precision : of the kernel; "auto" is double where that costs little.

    Source: Kreymer, Singer, Bendory, *An approximate expectation-maximization for two-dimensional
    multi-target detection*; Lan, Bendory, Boumal, Singer, *Multi-target detection with an
    arbitrary spacing distribution* (1-D).
    """
    if share is not None and not 0 < share <= 1:
        raise InputError(f"option share={share} of em: expected a number in (0, 1]")
    at_least("em", 0, tolerance=tolerance, depth=depth)
    at_least("em", 1, starts=starts, grids=grids, poses=poses, iterations=iterations)
    rule = Rule(iterations, 5, tolerance)
    if stop == "published":
        starts, depth, rule = 1, 0, PUBLISHED
    problem = make_problem(measurement, poses, _prior(prior, measurement), grids, precision)
    starts = starts or (3 if is_volume(problem.space) else 8)
    patches = _patches(problem, 1.0 if stop == "published" else share)
    if start != "random":
        first, note = yield from _given(start, measurement, rng, problem)
    elif starts == 1:
        first, note = problem.random_start(measurement, rng), "1 random start"
        if coarse:
            first = yield from coarse_to_fine(problem, problem.task, first, depth)
    else:
        first, note = yield from pilot(problem, measurement, rng, starts, depth, coarse)
    if start == "random":
        first = yield from march(problem, first, rng, patches or len(problem.patches))
    if patches:
        yield from stochastic(problem, first, rng, patches, iterations, note)
    else:
        yield from _full(problem, first, depth, rule, note)


def _prior(prior: Prior | None, measurement: Measurement) -> Prior:
    """The prior that is asked for, or what the spacing of the copies suggests."""
    space = measurement.space
    if prior is None:
        prior = "pairs" if space.sequential and measurement.spacing == "arbitrary" else "uniform"
    if prior == "pairs" and not space.sequential:
        raise InputError(
            f"option prior='pairs' of em for space '{space.name}': expected 'uniform' or 'free'"
        )
    if prior == "pairs" and space.window > WIDEST_PAIRS:
        raise InputError(
            f"window {space.window} with prior 'pairs' of em: expected at most {WIDEST_PAIRS},"
            " or prior 'uniform'"
        )
    return prior


def _patches(problem: Problem, share: float | None) -> int:
    """Patches of an iteration of stochastic EM, 0 for full batches."""
    space, everything = problem.space, len(problem.patches)
    if share is not None:
        return 0 if share == 1 else max(1, int(share * everything))
    if not is_volume(space):
        return 0
    return min(everything, max(1, PASS_LOGITS * everything // problem.logits))


def _given(
    start: str, measurement: Measurement, rng: np.random.Generator, problem: Problem
) -> Generator[Estimate, None, tuple[Parameters, str]]:
    """The start that the user wants: a file's content, or the last estimate of an estimator."""
    if start not in names() and (Path(start).suffix or Path(start).is_dir()):
        last = Estimate(read_coefficients(Path(start), problem.space))
    else:
        last = yield from _borrowed(start, measurement, rng)
    prior, views = last.prior, problem.views
    if prior is None or len(prior) != views:
        density = GUESSED_DENSITY if last.density is None else last.density
        prior = problem.prior(density)
    sigma = measurement.sigma or last.sigma or float(np.std(measurement.samples))
    return Parameters(last.x, prior, sigma), f"started from {start}"


def _borrowed(
    name: str, measurement: Measurement, rng: np.random.Generator
) -> Generator[Estimate, None, Estimate]:
    """The last estimate of another estimator."""
    estimator, last = load(name), None
    if told(estimator):
        raise InputError(f"option start='{name}' of em: expected an estimator that is told nothing")
    for last in estimator(measurement, rng):
        yield replace(last, objective=None, converged=False, iterations=0)
    if last is None:
        raise ValueError(f"'{name}' gave no estimate to start from")
    return last


def _full(
    problem: Problem, start: Parameters, depth: int, rule: Rule, note: str
) -> Iterator[Estimate]:
    """EM with all patches until the rule is met."""
    history: list[float] = []
    last, met = None, False
    for state in iterate(problem.task, start, depth):
        if last is not None and state.objective < last.objective:
            met = True  # even a plain step gains nothing but rounding
            break
        if not np.isfinite(state.objective):
            raise FloatingPointError("the start has no finite likelihood: no patch fits any view")
        last = state
        history.append(state.objective * len(problem.patches))
        yield to_estimate(state, problem, note, False)
        recent = history[-rule.gains - 1 :]
        met = len(recent) > rule.gains and recent[-1] - recent[0] < rule.gains * rule.tolerance
        if met or state.iteration >= rule.iterations:
            break
    assert last is not None
    text = (
        f"{note}; {'' if met else 'not '}converged after {last.iteration} iterations,"
        f" log-likelihood {last.objective:.6f} per patch"
    )
    yield to_estimate(last, problem, text, met)
