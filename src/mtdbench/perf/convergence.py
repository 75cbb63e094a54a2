"""How many E-steps the acceleration of EM saves."""

from functools import partial
from itertools import islice

import numpy as np

from mtdbench.estimators.em.iteration import iterate
from mtdbench.estimators.em.problem import make_problem
from mtdbench.perf.case import Case, Work
from mtdbench.perf.perf_data import dataset

DATA_SETS: dict[str, dict[str, object]] = {
    "1d": {"space": "line", "window": 10, "target": "asd1", "size": 100_000, "density": 0.3},
    "2d": {"space": "disc", "window": 5, "size": 500, "density": 0.04},
}


def _to_the_end(snr: float, **recipe: object) -> tuple[Work, Work]:
    """Accelerated EM to the likelihood at which plain EM, from the same start, meets the papers'
    stopping rule: a relative change of 1e-6.
    """
    measurement, _ = dataset(snr=snr, **recipe)
    problem = make_problem(measurement, 8, "uniform", 1, "double")
    operator, first = problem.operator, problem.random_start(np.random.default_rng(3))
    goal: list[float] = []

    def plain() -> int:
        for state in islice(iterate(operator, first, 0), 1000):
            if state.residual < 1e-6:
                break
        goal[:] = [state.objective - 1e-12 * abs(state.objective)]
        return state.iteration

    def accelerated() -> int:
        for state in islice(iterate(operator, first, 8), 1000):
            if state.objective >= goal[0]:
                break
        return state.iteration

    plain()
    return accelerated, plain


CONVERGENCE_CASES = {
    f"acceleration-{name}-snr{snr:g}": Case(
        f"EM to the end, {name}, SNR {snr:g}; bare: plain EM",
        partial(_to_the_end, snr, **recipe),
        1,
    )
    for name, recipe in DATA_SETS.items()
    for snr in (1.0, 2.0)
}
