"""EM with all patches in every iteration, until a stopping rule is met."""

from dataclasses import dataclass

import numpy as np

from mtdbench.estimators.em.phase import PhaseSteps, Reached
from mtdbench.estimators.em.problem import EMProblem, to_estimate


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """When EM ends: after `iterations`, or when `gains` of them in a row rise the log-likelihood
    by less than `tolerance` nats each.
    """

    iterations: int
    gains: int
    tolerance: float

    def is_met(self, logliks: list[float]) -> bool:
        """Whether the last gains are small, of the log-likelihoods after each iteration."""
        recent = logliks[-self.gains - 1 :]
        return len(recent) > self.gains and recent[-1] - recent[0] < self.gains * self.tolerance


PUBLISHED_RULE = StoppingRule(iterations=10, gains=1, tolerance=0.5)


@dataclass(frozen=True, slots=True)
class FullBatch:
    """The phase: EM with all patches until the rule is met."""

    rule: StoppingRule

    def __call__(
        self, problem: EMProblem, reached: Reached, rng: np.random.Generator
    ) -> PhaseSteps:
        """The last iteration."""
        logliks: list[float] = []
        last, met = None, False
        for state in problem.iterate(problem.operator, reached.parameters):
            if last is not None and state.objective < last.objective:
                met = True  # even a plain step gains nothing but rounding
                break
            if not np.isfinite(state.objective):
                raise FloatingPointError(
                    "the start has no finite likelihood: no patch fits any overlap"
                )
            last = state
            logliks.append(state.objective * problem.count)
            yield to_estimate(state, problem, reached.note, False)
            met = self.rule.is_met(logliks)
            if met or state.iteration >= self.rule.iterations:
                break
        assert last is not None
        text = (
            f"{reached.note}; {'' if met else 'not '}converged after {last.iteration} iterations,"
            f" log-likelihood {last.objective:.6f} per patch"
        )
        yield to_estimate(last, problem, text, met)
        return Reached(last.parameters, text)
