"""How many E-steps the acceleration of EM saves."""

from functools import partial
from itertools import islice

import numpy as np

from mtdbench.estimators.em.step import Task, iterate
from mtdbench.estimators.random_start import random_start
from mtdbench.likelihood.e_step import Source
from mtdbench.model.patches import Patches
from mtdbench.perf.case import Case, Work
from mtdbench.perf.perf_data import dataset

SETTINGS: dict[str, dict[str, object]] = {
    "1d": {"space": "line", "window": 10, "target": "asd1", "size": 100_000, "density": 0.3},
    "2d": {"space": "disc", "window": 5, "size": 500, "density": 0.04},
}


def _to_the_end(snr: float, **recipe: object) -> tuple[Work, Work]:
    """Accelerated EM to the likelihood at which plain EM, from the same start, meets the papers'
    stopping rule: a relative change of 1e-6.
    """
    measurement, _ = dataset(snr=snr, **recipe)
    space = measurement.space
    patches = Patches(measurement.samples, space.window)
    task = Task(space, space.poses(8), Source.of(patches, np.float64))
    views = (2 * space.window - 1) ** space.ndim_measurement + 1
    first = random_start(measurement, np.random.default_rng(3), views)
    goal: list[float] = []

    def plain() -> int:
        for state in islice(iterate(task, first, 0), 1000):
            if state.residual < 1e-6:
                break
        goal[:] = [state.objective - 1e-12 * abs(state.objective)]
        return state.iteration

    def accelerated() -> int:
        for state in islice(iterate(task, first, 8), 1000):
            if state.objective >= goal[0]:
                break
        return state.iteration

    plain()
    return accelerated, plain


CASES = {
    f"acceleration-{name}-snr{snr:g}": Case(
        f"EM to the end, {name}, SNR {snr:g}; bare: plain EM",
        partial(_to_the_end, snr, **recipe),
        1,
    )
    for name, recipe in SETTINGS.items()
    for snr in (1.0, 2.0)
}
