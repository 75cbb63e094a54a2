"""The set-up of a run: its measurement, its estimator, its random numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators import registry
from mtdbench.estimators.declaration import Estimator, privileged_inputs
from mtdbench.estimators.options import check_carried, convert_options
from mtdbench.estimators.sharing import shared_inputs
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.model.placed_copies import Placement
from mtdbench.ranks.communicator import ONE_RANK, Ranks
from mtdbench.run.job import Job
from mtdbench.spaces import Space, make_space

Loader = Callable[[str], Estimator]


class Inputs(Protocol):
    """Where the measurement of a job comes from, and what its estimator may be told."""

    def measurement(self, space: Space) -> Measurement:
        """The measurement."""
        ...

    def tell(self, asked: str, space: Space) -> Placement | np.ndarray:
        """What the estimator asks to be told by that name, `placement` or `truth`."""
        ...


@dataclass(frozen=True, slots=True)
class ByPath:
    """The inputs of a job by the paths that it names."""

    job: Job
    ranks: Ranks = ONE_RANK

    def measurement(self, space: Space) -> Measurement:
        """The measurement in its file."""
        job = self.job
        return Measurement.load(Path(job.measurement), space, job.sigma, job.spacing, self.ranks)

    def tell(self, asked: str, space: Space) -> Placement | np.ndarray:
        """What is in the file of that name."""
        path = {"placement": self.job.placement, "truth": self.job.truth}[asked]
        if path is None:
            raise missing(self.job.method, asked)
        if asked == "placement":
            return Placement.load(Path(path))
        return read_coefficients(Path(path), space)


def missing(method: str, asked: str) -> InputError:
    """The error for an estimator that is not told what it asks for."""
    what = {"placement": "where the copies lie", "truth": "the true coefficients"}[asked]
    return InputError(f"estimator '{method}' has to be told {what}: expected --option {asked}=FILE")


def prepare(
    job: Job,
    load: Loader = registry.load,
    inputs: Callable[[tuple[str, ...]], Inputs] | None = None,
    ranks: Ranks = ONE_RANK,
) -> tuple[Measurement, Callable[[], Iterator[Estimate]]]:
    """The measurement of a job, and a function that calls its estimator.

    Parameters
    ----------
    job : Job
    load : function
        The estimator of a name.
    inputs : function or None
        What the estimator asks to be told, by name, to the inputs of the job; None takes the files
        that the job names. It is called after the estimator was imported: what that asks for is
        known before any of it is there.
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
    asked = privileged_inputs(estimator)
    given = ByPath(job, ranks) if inputs is None else inputs(asked)
    space = make_space(job.space, job.window, job.basis)
    measurement = given.measurement(space)
    check_carried(job.method, estimator, measurement)
    options = convert_options(job.method, estimator, job.options)
    if job.half:
        if asked:
            raise InputError(
                f"'{job.method}' on a half: expected an estimator that is told nothing"
            )
        measurement = measurement.half(job.half)
    options |= {name: given.tell(name, space) for name in asked}
    options |= shared
    rng = np.random.default_rng(job.seed)
    return measurement, lambda: estimator(measurement, rng, **options)
