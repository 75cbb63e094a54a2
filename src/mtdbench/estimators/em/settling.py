"""Plain EM with all data where the likelihood is only known nearly: it ends by its parameters."""

from dataclasses import dataclass

from numpy.random import Generator

from mtdbench.estimators.em.phase import PhaseSteps, Reached
from mtdbench.estimators.em.problem import EMProblem, to_estimate

SMALL_CHANGE = 5e-4  # of the parameters in an iteration, relative; less is a turn of the object
SMALL_STEPS = 5  # in a row, and EM has settled


@dataclass(frozen=True, slots=True)
class Settling:
    """The phase: EM until its steps are small. Sums by belief propagation are near the likelihood,
    but not near enough to say which of two close points is likelier, so that nothing is accelerated
    and no step refused.

    Attributes
    ----------
    iterations : int
        At most.
    """

    iterations: int

    def __call__(self, problem: EMProblem, reached: Reached, rng: Generator) -> PhaseSteps:
        """The last iteration."""
        small, state = 0, None
        for state in problem.iterate(problem.operator, reached.parameters):
            small = small + 1 if state.residual < SMALL_CHANGE else 0
            yield to_estimate(state, problem, reached.note, False)
            if small == SMALL_STEPS or state.iteration >= self.iterations:
                break
        assert state is not None
        settled = small == SMALL_STEPS
        text = f"{reached.note}; {'' if settled else 'not '}settled after {state.iteration}"
        yield to_estimate(state, problem, text, settled)
        return Reached(state.parameters, text)
