"""Stochastic EM with momentum, on fresh patches and a freshly turned grid of poses in each step."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice

import numpy as np

from mtdbench.estimators.em.problem import Problem, to_estimate
from mtdbench.estimators.em.step import Parameters, State
from mtdbench.model.measurement import Estimate

MOMENTUM = 0.75  # its largest value
FEWEST = 20  # iterations before it is asked whether the estimate has settled


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The state after a step, and r = F_t(theta) - theta, the way of x in it, shape (n,)."""

    state: State
    way: np.ndarray


def ascend(
    problem: Problem, start: Parameters, rng: np.random.Generator, patches: int
) -> Iterator[Step]:
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
        yield Step(State(after, s.loglik / s.patches, t + 1, change), after.x - here.x)


def stochastic(
    problem: Problem,
    start: Parameters,
    rng: np.random.Generator,
    patches: int,
    iterations: int,
    note: str,
) -> Iterator[Estimate]:
    """Stochastic EM until it only scatters. The estimate is the mean of the later half of the
    iterates, the objective the mean over the same.

    Source: Polyak, Juditsky, *Acceleration of stochastic approximation by averaging*, SIAM J.
    Control Optim. 30 (1992).
    """
    steps: list[Step] = []
    for step in islice(ascend(problem, start, rng, patches), iterations):
        steps.append(step)
        count = len(steps)
        later = steps[count // 2 :]
        settled = count >= FEWEST and agreement(later) <= 0
        text = f"{note}; {patches} patches an iteration"
        if settled or count == iterations:
            text += f", {'' if settled else 'not '}settled after {count}"
        yield to_estimate(mean([s.state for s in later]), problem, text, settled)
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


def agreement(steps: list[Step]) -> float:
    """How far each step goes the same way as the two before,

        sum_t <r_t, r_{t-1}> + <r_t, r_{t-2}>,   in units of sum_t ||r_t||^2.

    Positive on the way up; negative where the iterates only scatter about one place, because what
    a step adds by chance the next ones take back.

    Source: Pflug, Monatsh. Math. 110 (1990); Chee, Toulis, *Convergence diagnostics for stochastic
    gradient descent with constant learning rate*, AISTATS 2018.
    """
    r = np.array([step.way for step in steps])
    return float((np.sum(r[1:] * r[:-1]) + np.sum(r[2:] * r[:-2])) / np.sum(r**2))
