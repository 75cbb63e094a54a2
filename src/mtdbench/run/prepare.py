"""The set-up of a run: its measurement, its estimator, its random numbers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators import registry
from mtdbench.estimators.declaration import Estimator, privileged_inputs
from mtdbench.estimators.options import check_carried, convert_options
from mtdbench.estimators.sharing import shared_inputs
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.measurement import Estimate, Measurement, Placement
from mtdbench.ranks.communicator import ONE_RANK, Ranks
from mtdbench.run.job import Job
from mtdbench.spaces import Space, make_space


def prepare(
    job: Job, load: Callable[[str], Estimator] = registry.load, ranks: Ranks = ONE_RANK
) -> tuple[Measurement, Callable[[], Iterator[Estimate]]]:
    """The measurement of a job, and a function that calls its estimator.

    Parameters
    ----------
    job : Job
    load : function
        The estimator of a name.
    ranks : Ranks
        Share the work of the estimator.

    Raises
    ------
    InputError
        If the measurement cannot be read, or the estimator or its options are not valid. What
        importing the estimator raises is passed on.
    """
    estimator = load(job.method)
    shared = shared_inputs(job.method, estimator, ranks)
    space = make_space(job.space, job.window, job.basis)
    measurement = Measurement.load(Path(job.measurement), space, job.sigma, job.spacing, ranks)
    check_carried(job.method, estimator, measurement)
    options = convert_options(job.method, estimator, job.options)
    if job.half:
        if privileged_inputs(estimator):
            raise InputError(
                f"'{job.method}' on a half: expected an estimator that is told nothing"
            )
        measurement = measurement.half(job.half)
    options |= {name: _told(name, job, space) for name in privileged_inputs(estimator)}
    options |= shared
    rng = np.random.default_rng(job.seed)
    return measurement, lambda: estimator(measurement, rng, **options)


def _told(name: str, job: Job, space: Space) -> Placement | np.ndarray:
    """What an estimator asks to be told by that name."""
    path, what = {
        "placement": (job.placement, "where the copies lie"),
        "truth": (job.truth, "the true coefficients"),
    }[name]
    if path is None:
        raise InputError(
            f"estimator '{job.method}' has to be told {what}: expected --option {name}=FILE"
        )
    if name == "placement":
        return Placement.load(Path(path))
    return read_coefficients(Path(path), space)
