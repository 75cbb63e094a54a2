"""Approximate expectation-maximisation, in every space."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators.em_starts import (
    GUESSED_DENSITY,
    density_of,
    empty_share,
    random_start,
    translates,
)
from mtdbench.estimators.em_step import Parameters, Prior, State, Task, iterate, uniform_prior
from mtdbench.estimators.registry import load, wants_placement
from mtdbench.kernels.patches import Patches, shifted_grids
from mtdbench.kernels.posterior import Source
from mtdbench.measurement import Estimate, Measurement
from mtdbench.spaces import Space

PILOT_LOGITS = 2**22  # of one pass of the pilot, but it has at least so many patches
PILOT_PATCHES = 2**11
PILOT_POSES = 8
CHEAP_LOGITS = 2**22  # in one pass; below, double precision is not felt
VOLUME_POSES = 120
MARCHED = 10  # iterations on each coarser level
CENTRED = 5  # of them between two re-centrings
ROUND = 10  # iterations that each start gets before the worse half is dropped


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
    starts: int = 8,
    start: str = "random",
    prior: Prior = "uniform",
    grids: int = 1,
    share: float = 1.0,
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
    starts : random starts; all run on a part of the patches, the likeliest goes on.
    start : "random", or the name of the estimator whose result is the only start.
    prior : "uniform" (only the share of empty patches is free) or "free" (every view is).
    grids : shifted grids of patches, 1 as in the papers; more are a composite likelihood, which
        lowers the error at as many times the cost.
    share : share of the patches drawn for each iteration; below 1 the method is stochastic EM.
    depth : of the Anderson acceleration; 0 is plain EM.
    stop : "converged", or the papers' rule "published": one start, no acceleration, at most ten
        iterations, and none after the log-likelihood rose by less than 0.5.
    tolerance : converged when an iteration raises the log-likelihood by less, in nats.
    iterations : at most so many with all patches.
    precision : of the kernel; "auto" is double where that costs little.

    Source: Kreymer, Singer, Bendory, *An approximate expectation-maximization for two-dimensional
    multi-target detection*; Lan, Bendory, Boumal, Singer, *Multi-target detection with an
    arbitrary spacing distribution* (1-D).
    """
    _check(share, tolerance, depth)
    _check_counts(starts=starts, grids=grids, poses=poses, iterations=iterations)
    rule = Rule(iterations, 5, tolerance)
    if stop == "published":
        starts, depth, rule = 1, 0, PUBLISHED
    problem = _problem(measurement, poses, prior, grids, precision)
    if start != "random":
        first, note = yield from _borrowed(start, measurement, rng, problem.views)
    elif starts == 1:
        first, note = random_start(measurement, rng, problem.views), "1 random start"
    else:
        first, note = yield from _pilot(problem, measurement, rng, starts, depth)
    if start == "random":
        first = yield from _march(problem, first, rng, share, depth)
    if share < 1:
        yield from _stochastic(problem, first, rng, share, iterations, note)
    else:
        yield from _full(problem, first, depth, rule, note)


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """The patches, and the task of using all of them."""

    patches: Patches
    dtype: type
    views: int
    task: Task

    def part(self, rng: np.random.Generator, count: int, poses: int) -> Task:
        """The same task with at most `count` patches and `poses` poses."""
        task = self.task
        if count < len(self.patches):
            task = replace(task, source=Source.of(self.patches.sample(rng, count), self.dtype))
        if poses < len(task.poses):
            task = replace(task, poses=task.space.poses(poses))
        return task


def _check(share: float, tolerance: float, depth: int) -> None:
    if not 0 < share <= 1:
        raise InputError(f"option share={share} of em: expected a number in (0, 1]")
    if not tolerance >= 0:
        raise InputError(f"option tolerance={tolerance} of em: expected at least 0")
    if depth < 0:
        raise InputError(f"option depth={depth} of em: expected at least 0")


def _check_counts(**counts: int | None) -> None:
    for name, value in counts.items():
        if value is not None and value < 1:
            raise InputError(f"option {name}={value} of em: expected at least 1")


def _problem(
    measurement: Measurement, poses: int | None, prior: Prior, grids: int, precision: str
) -> _Problem:
    space, ndim = measurement.space, measurement.space.ndim_measurement
    grid = space.poses(poses or space.default_poses)
    views = (2 * space.window - 1) ** ndim + 1
    cheap = measurement.samples.size / space.window**ndim * views * len(grid) < CHEAP_LOGITS
    offsets = shifted_grids(space.window, ndim, grids)
    patches = Patches(measurement.samples, space.window, offsets)
    double = precision == "double" or (precision == "auto" and cheap)
    dtype = np.float64 if double else np.float32
    task = Task(space, grid, Source.of(patches, dtype), prior, measurement.sigma is None)
    return _Problem(patches, dtype, views, task)


def _estimate(state: State, space: Space, note: str, converged: bool | None) -> Estimate:
    p = state.parameters
    return Estimate(
        x=p.x,
        density=density_of(p.prior, space),
        objective=state.objective,
        prior=p.prior,
        sigma=p.sigma,
        iterations=state.iteration,
        converged=converged,
        note=note,
    )


def _advance(run: Iterator[State], count: int = ROUND) -> State:
    """The state after `count` more iterations."""
    *_, state = islice(run, count)
    return state


def _pilot(
    problem: _Problem, measurement: Measurement, rng: np.random.Generator, starts: int, depth: int
) -> Generator[Estimate, None, tuple[Parameters, str]]:
    """The best of several random starts on a part of the patches, and of its translates.

    All starts run `ROUND` iterations, the worse half is dropped, and so on to the last one. The
    estimates on the way carry no objective: it is not that of the whole measurement.
    """
    poses = min(len(problem.task.poses), _pilot_poses(measurement.space))
    count = max(PILOT_PATCHES, PILOT_LOGITS // (problem.views * poses))
    task = problem.part(rng, count, poses)
    space, best = task.space, None
    runs = [
        iterate(task, random_start(measurement, rng, problem.views), depth) for _ in range(starts)
    ]
    while runs:
        states = [_advance(run) for run in runs]
        order = np.argsort([-state.objective for state in states])
        best = states[order[0]]
        yield replace(_estimate(best, space, "choosing a start", False), objective=None)
        runs = [runs[i] for i in order[: len(runs) // 2]]
    assert best is not None
    moves = 0
    while moves < space.window:
        moved = [
            _advance(iterate(task, replace(best.parameters, x=x), depth), ROUND // 2)
            for x in translates(space, best.parameters.x)
        ]
        rival = max(moved, key=lambda state: state.objective)
        if rival.objective <= best.objective + 1e-6:
            break
        best, moves = rival, moves + 1
        yield replace(_estimate(best, space, "moving the start", False), objective=None)
    return best.parameters, f"best of {starts} random starts, moved {moves} times"


def _pilot_poses(space: Space) -> int:
    """A volume is seen from many sides even where it is coarse, an image turns in few steps."""
    return VOLUME_POSES if space.ndim > space.ndim_measurement else PILOT_POSES


def _march(
    problem: _Problem, start: Parameters, rng: np.random.Generator, share: float, depth: int
) -> Generator[Estimate, None, Parameters]:
    """Through the coarser levels of the space, each from where the last one ended, with a fresh
    share of the patches after every re-centring.

    A level of n coefficients has K n / n_last poses. After every `CENTRED` iterations the object
    is moved to the middle of the window where its place is free: all shifts are equally likely a
    priori, and only the rim that is cut off drives it back.
    """
    *coarser, last = problem.task.space.levels()
    everywhere, count = len(problem.task.poses), max(1, int(share * len(problem.patches)))
    parameters = start
    for level in coarser:
        poses = level.poses(max(everywhere * level.size // last.size, 1))
        for _ in range(MARCHED // CENTRED):
            here = replace(problem.part(rng, count, everywhere), space=level, poses=poses)
            x = level.centred(parameters.x[: level.size])
            state = _advance(iterate(here, replace(parameters, x=x), depth), CENTRED)
            parameters = state.parameters
            padded = np.pad(parameters.x, (0, last.size - level.size))
            shown = replace(state, parameters=replace(parameters, x=padded))
            yield replace(_estimate(shown, last, "marching", False), objective=None)
        parameters = replace(parameters, x=padded)
    return parameters


def _borrowed(
    name: str, measurement: Measurement, rng: np.random.Generator, views: int
) -> Generator[Estimate, None, tuple[Parameters, str]]:
    """The last estimate of another estimator as the start."""
    estimator, last = load(name), None
    if wants_placement(estimator):
        raise InputError(f"option start='{name}' of em: expected an estimator that is told nothing")
    for last in estimator(measurement, rng):
        yield replace(last, objective=None, converged=False, iterations=0)
    if last is None:
        raise ValueError(f"'{name}' gave no estimate to start from")
    prior = last.prior
    if prior is None or len(prior) != views:
        density = GUESSED_DENSITY if last.density is None else last.density
        prior = uniform_prior(empty_share(density, measurement.space), views)
    sigma = measurement.sigma or last.sigma or float(np.std(measurement.samples))
    return Parameters(last.x, prior, sigma), f"started from {name}"


def _full(
    problem: _Problem, start: Parameters, depth: int, rule: Rule, note: str
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
        yield _estimate(state, problem.task.space, note, False)
        recent = history[-rule.gains - 1 :]
        met = len(recent) > rule.gains and recent[-1] - recent[0] < rule.gains * rule.tolerance
        if met or state.iteration >= rule.iterations:
            break
    assert last is not None
    text = (
        f"{note}; {'' if met else 'not '}converged after {last.iteration} iterations,"
        f" log-likelihood {last.objective:.6f} per patch"
    )
    yield _estimate(last, problem.task.space, text, met)


def _stochastic(
    problem: _Problem,
    parameters: Parameters,
    rng: np.random.Generator,
    share: float,
    iterations: int,
    note: str,
) -> Iterator[Estimate]:
    """EM with a fresh random share of the patches in each iteration.

    The statistics are averaged with the decreasing step (t + 1)^-0.6, which makes the noise of the
    small samples vanish (Cappe, Moulines, *On-line expectation-maximization algorithm for latent
    data models*, J. R. Stat. Soc. B 71, 2009).
    """
    count = max(1, int(share * len(problem.patches)))
    text = f"{note}; stochastic, {share:g} of the patches an iteration, no stopping rule"
    average = None
    for t in range(iterations):
        task = problem.part(rng, count, len(problem.task.poses))
        fresh = task.expectation(parameters)
        step = (t + 1) ** -0.6
        average = fresh if average is None else average.scaled(1 - step) + fresh.scaled(step)
        parameters = task.maximisation(average, parameters)
        state = State(parameters, fresh.loglik / fresh.patches, t + 1, np.nan)
        yield _estimate(state, task.space, text, False)
