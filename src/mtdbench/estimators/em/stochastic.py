"""Stochastic EM with momentum: fresh patches and a freshly rotated grid of poses in each step."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice

import numpy as np

from mtdbench.estimators.em.iteration import EMState
from mtdbench.estimators.em.operator import Parameters, loglik_per_patch
from mtdbench.estimators.em.packing import Packing
from mtdbench.estimators.em.phase import PhaseSteps, Reached
from mtdbench.estimators.em.prior import PriorFamily, mean_prior
from mtdbench.estimators.em.problem import EMProblem, to_estimate

PASS_LOGITS = 2**32  # of an iteration, where no fraction of the patches is given
MOMENTUM = 0.75  # its largest value
FEWEST_ITERATIONS = 20  # before it is asked whether the estimate has settled


@dataclass(frozen=True, slots=True, eq=False)
class StochasticStep:
    """One stochastic EM step: the new state, and the change of x that the EM map made, EM_t(x) - x,
    shape (n,), before momentum.
    """

    state: EMState
    change: np.ndarray


def ascend(
    problem: EMProblem, start: Parameters, rng: np.random.Generator, patches: int
) -> Iterator[StochasticStep]:
    """EM steps F_t, each on `patches` patches drawn anew, with momentum:

        theta_{t+1} = F_t(theta_t + beta_t (theta_t - theta_{t-1})),   beta_t = min(t/(t+3), 3/4).

    With little noise EM creeps along what few patches tell; the momentum makes its rate 1 - r there
    nearly 1 - sqrt(r). A grid of poses that stays where it is lets the object grow details that
    fit the grid instead of the data, and the likelihood rises with them; one that is rotated at
    random in every step cannot.

    Raises
    ------
    FloatingPointError
        If no patch fits any overlap.

    Source: Kreymer, Singer, Bendory, *Expectation-maximization for structure determination directly
    from cryo-EM micrographs*, arXiv:2303.02157v2 (a share of the patches for each step); Nesterov,
    Soviet Math. Dokl. 27 (1983) (the momentum).
    """
    packing = Packing(problem.operator, start)
    theta = previous = packing.pack(start)
    for t in count():
        operator = problem.fresh(rng, patches)
        here = packing.unpack(theta + min(t / (t + 3), MOMENTUM) * (theta - previous))
        statistics = operator.expectation(here)
        objective = loglik_per_patch(statistics)
        if not np.isfinite(objective):
            raise FloatingPointError("the likelihood is not finite: no patch fits any overlap")
        after = operator.maximisation(statistics, here)
        previous, theta = theta, packing.pack(after)
        residual = float(np.linalg.norm(theta - previous) / np.linalg.norm(previous))
        yield StochasticStep(EMState(after, objective, t + 1, residual), after.x - here.x)


@dataclass(frozen=True, slots=True)
class Stochastic:
    """The phase: stochastic EM until it only scatters. The estimate is the mean of the later half
    of the iterates, the objective the mean over the same.

    Attributes
    ----------
    patches : int
        Of an iteration.
    iterations, fewest : int
        The most iterations, and those before it is asked whether the estimate has settled.

    Source: Polyak, Juditsky, *Acceleration of stochastic approximation by averaging*, SIAM J.
    Control Optim. 30 (1992).
    """

    patches: int
    iterations: int
    fewest: int = FEWEST_ITERATIONS

    def __call__(
        self, problem: EMProblem, reached: Reached, rng: np.random.Generator
    ) -> PhaseSteps:
        """The mean iterate."""
        steps: list[StochasticStep] = []
        ascent = ascend(problem, reached.parameters, rng, self.patches)
        for step in islice(ascent, self.iterations):
            steps.append(step)
            done = len(steps)
            later = steps[done // 2 :]
            settled = done >= self.fewest and agreement(later) <= 0
            text = f"{reached.note}; {self.patches} patches an iteration"
            if settled or done == self.iterations:
                text += f", {'' if settled else 'not '}settled after {done}"
            state = mean_state([s.state for s in later], problem.operator.family)
            yield to_estimate(state, problem, text, settled)
            if settled:
                break
        return Reached(state.parameters, text)


def mean_state(states: list[EMState], family: PriorFamily) -> EMState:
    """The last state with the mean of all parameters and objectives."""
    several = [state.parameters for state in states]
    x = np.mean([p.x for p in several], axis=0)
    prior = mean_prior([p.prior for p in several], family)
    sigma = float(np.mean([p.sigma for p in several]))
    objective = float(np.mean([state.objective for state in states]))
    return replace(states[-1], parameters=Parameters(x, prior, sigma), objective=objective)


def agreement(steps: list[StochasticStep]) -> float:
    """How far each step goes the same way as the two before,

        sum_t <r_t, r_{t-1}> + <r_t, r_{t-2}>,   in units of sum_t ||r_t||^2,

    with r_t the change of x that step t made.

    Positive on the way up; negative where the iterates only scatter about one place, because what
    a step adds by chance the next ones take back.

    Source: Pflug, Monatsh. Math. 110 (1990); Chee, Toulis, *Convergence diagnostics for stochastic
    gradient descent with constant learning rate*, AISTATS 2018.
    """
    r = np.array([step.change for step in steps])
    return float((np.sum(r[1:] * r[:-1]) + np.sum(r[2:] * r[:-2])) / np.sum(r**2))
