"""Stochastic EM with momentum, on fresh patches and a freshly turned grid of poses in each step."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice

import numpy as np

from mtdbench.estimators.em_problem import Problem, to_estimate
from mtdbench.estimators.em_step import Parameters, State
from mtdbench.measurement import Estimate

MOMENTUM = 0.75  # its largest value
FEWEST = 12  # iterations before it is asked whether the estimate has settled
DRIFT = 0.01  # relative movement of the mean at which it has settled


def ascend(
    problem: Problem, start: Parameters, rng: np.random.Generator, patches: int
) -> Iterator[State]:
    """EM steps F_t, each on `patches` patches drawn anew, with momentum:

        theta_{t+1} = F_t(theta_t + beta_t (theta_t - theta_{t-1})),   beta_t = min(t/(t+3), 3/4).

    With little noise EM creeps along what few patches tell; the momentum makes its rate 1 - r there
    nearly 1 - sqrt(r). A grid of poses that stays where it is lets the object grow details that
    fit the grid instead of the data, and the likelihood rises with them; one that is turned at
    random in every step cannot.

    Raises
    ------
    FloatingPointError
        If no patch fits any view.

    Source: Kreymer, Singer, Bendory, *A stochastic approximate expectation-maximization for
    structure determination directly from cryo-EM micrographs* (a share of the patches for each
    step); Nesterov, Soviet Math. Dokl. 27 (1983) (the momentum).
    """
    scale = float(np.linalg.norm(start.x)) or 1.0
    theta = previous = problem.task.pack(start, scale)
    for t in count():
        task = problem.fresh(rng, patches)
        ahead = theta + min(t / (t + 3), MOMENTUM) * (theta - previous)
        here = task.unpack(ahead, scale, start)
        s = task.expectation(here)
        if not np.isfinite(s.loglik):
            raise FloatingPointError("the likelihood is not finite: no patch fits any view")
        after = task.maximisation(s, here)
        previous, theta = theta, task.pack(after, scale)
        change = float(np.linalg.norm(theta - previous) / np.linalg.norm(previous))
        yield State(after, s.loglik / s.patches, t + 1, change)


def stochastic(
    problem: Problem,
    start: Parameters,
    rng: np.random.Generator,
    patches: int,
    iterations: int,
    note: str,
) -> Iterator[Estimate]:
    """Stochastic EM until the mean of the later half of the iterates, which is the estimate, has
    settled; the objective is the mean over the same iterates.

    Source: Polyak, Juditsky, *Acceleration of stochastic approximation by averaging*, SIAM J.
    Control Optim. 30 (1992).
    """
    states: list[State] = []
    for state in islice(ascend(problem, start, rng, patches), iterations):
        states.append(state)
        later = states[len(states) // 2 :]
        settled = len(states) >= FEWEST and drift(states) < DRIFT
        ended = settled or state.iteration == iterations
        text = f"{note}; {patches} patches an iteration"
        if ended:
            text += f", {'' if settled else 'not '}settled after {state.iteration}"
        yield to_estimate(mean(later), problem.space, text, settled)
        if settled:
            return


def mean(states: list[State]) -> State:
    """The last state with the mean of all parameters and objectives."""
    several = [state.parameters for state in states]
    x = np.mean([p.x for p in several], axis=0)
    prior = np.mean([p.prior for p in several], axis=0)
    sigma = float(np.mean([p.sigma for p in several]))
    objective = float(np.mean([state.objective for state in states]))
    return replace(states[-1], parameters=Parameters(x, prior, sigma), objective=objective)


def drift(states: list[State]) -> float:
    """How far the mean of x moved from the last quarter but one to the last, relative to it."""
    quarter = len(states) // 4
    older, newer = mean(states[-2 * quarter : -quarter]), mean(states[-quarter:])
    moved = newer.parameters.x - older.parameters.x
    return float(np.linalg.norm(moved) / np.linalg.norm(newer.parameters.x))
