"""The set-up of a run: its measurement, its estimator, its random numbers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators import registry
from mtdbench.measurement import Estimate, Measurement, Placement
from mtdbench.run.job import Job
from mtdbench.spaces import make_space


def prepare(job: Job) -> tuple[Measurement, Callable[[], Iterator[Estimate]]]:
    """The measurement of a job, and a function that calls its estimator.

    Raises
    ------
    InputError
        If the measurement cannot be read, or the estimator or its options are not valid. What
        importing the estimator raises is passed on.
    """
    estimator = registry.load(job.method)
    space = make_space(job.space, job.window, job.basis)
    measurement = Measurement.load(Path(job.measurement), space, job.sigma, job.spacing)
    options = registry.convert(job.method, estimator, job.options)
    if registry.wants_placement(estimator):
        if job.placement is None:
            raise InputError(
                f"estimator '{job.method}' has to be told where the copies lie:"
                " expected --option placement=FILE"
            )
        options["placement"] = Placement.load(Path(job.placement))
    rng = np.random.default_rng(job.seed)
    return measurement, lambda: estimator(measurement, rng, **options)
