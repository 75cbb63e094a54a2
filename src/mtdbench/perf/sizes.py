"""Measurements as large as the papers' largest."""

import numpy as np

from mtdbench.estimators.em.em import em
from mtdbench.model.spacing import Spacing
from mtdbench.perf.case import Case, Work
from mtdbench.perf.perf_data import dataset
from mtdbench.simulation import place
from mtdbench.spaces import Window


def _placement() -> tuple[Work, None]:
    density = 150_000 * 25 / 10_000**2
    rng = np.random.default_rng(0)
    return lambda: place(10_000, Window.cube(5, 2), density, Spacing.WELL_SEPARATED, rng), None


def _large_measurement() -> tuple[Work, None]:
    """Two full EM iterations on 10 000^2 samples from disk: memory is that of any number."""
    measurement, _ = dataset(
        space="disc", window=5, basis="paper", size=10_000, snr=2.0, density=0.04
    )

    def work() -> None:
        for _ in em(measurement, np.random.default_rng(0), iterations=2):
            pass

    return work, None


SIZE_CASES = {
    "placement": Case("placement of 150 000 copies on 10 000^2", _placement, 3),
    "large": Case("10 000^2 measurement, start and 2 EM iterations, K=16", _large_measurement, 1),
}
