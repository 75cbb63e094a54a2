"""A user's own measurement: from what the command line names to what an estimator is given."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench.files import is_folder
from mtdbench.micrographs import Micrographs, read_micrographs
from mtdbench.model.forward import ForwardModel
from mtdbench.model.instrument import read_forward_model
from mtdbench.model.measurement import Measurement, Placement
from mtdbench.ranks.communicator import ONE_RANK, Ranks
from mtdbench.run.job import Job
from mtdbench.run.prepare import ByPath, Inputs
from mtdbench.spaces import Space


@dataclass(frozen=True, slots=True)
class UserFiles:
    """What a user names.

    Attributes
    ----------
    sources : tuple of str
        Files, folders, patterns, STAR files, see `mtdbench.micrographs.read_micrographs`.
    pixel_size : float or None
        Angstrom to a sample; what the files say where None.
    """

    sources: tuple[str, ...]
    pixel_size: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class UserMeasurement:
    """A measurement from files, and what outputs say of it.

    Attributes
    ----------
    measurement : Measurement
    names : tuple of str
        Of the micrographs.
    pixel_size : float or None
        Angstrom to a sample; None where nobody knows.
    sizes : str
        How many micrographs of what size, in words.
    remarks : tuple of str
        What the user should know of how the files were read, a line each.
    """

    measurement: Measurement
    names: tuple[str, ...]
    pixel_size: float | None
    sizes: str
    remarks: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """What `run.json` and `pick.json` say of it."""
        return {
            "pixel_size": self.pixel_size,
            "micrographs": len(self.names),
            "names": list(self.names),
            "remarks": list(self.remarks),
        }

    def words(self) -> str:
        """How many micrographs of what size, and the size of a sample, for the log."""
        known = self.pixel_size is not None
        return self.sizes + (f", {self.pixel_size:g} angstrom to a sample" if known else "")


def read_user_measurement(
    files: UserFiles,
    space: Space,
    sigma: float | None,
    spacing: str,
    ranks: Ranks = ONE_RANK,
) -> UserMeasurement:
    """The measurement in a user's files; an `instrument.json` beside the first one says what
    instrument recorded them.

    Raises
    ------
    InputError
        If a file cannot be read, or they do not fit the space.
    """
    ndim, first = space.window.ndim, Path(files.sources[0])
    micrographs, remarks = read_micrographs(files.sources, ndim, files.pixel_size, ranks)
    forward = read_forward_model(first / "any" if is_folder(first) else first, space)
    measurement = measurement_of(micrographs, space, sigma, spacing, forward)
    return UserMeasurement(
        measurement,
        micrographs.names,
        micrographs.pixel_size,
        _sizes_in_words(micrographs, "signal" if space.kind == "signal" else "micrograph"),
        tuple(remarks),
    )


def measurement_of(
    micrographs: Micrographs, space: Space, sigma: float | None, spacing: str, forward: ForwardModel
) -> Measurement:
    """Micrographs as an estimator is given them; samples that were not measured are those of the
    forward model.

    Raises
    ------
    InputError
        If they do not fit the space or the forward model.
    """
    samples, measured = micrographs.stacked()
    if measured is not None:
        forward = replace(forward, measured=measured)
    alone = len(samples) == 1
    return Measurement(samples[0] if alone else samples, space, sigma, spacing, forward)


def inputs_of(
    job: Job, measurement: Measurement, ranks: Ranks = ONE_RANK
) -> Callable[[tuple[str, ...]], Inputs]:
    """The inputs of a job whose measurement is read: for `mtdbench.run.prepare.prepare`."""
    return lambda asked: _Read(measurement, ByPath(job, ranks))


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """Inputs with a measurement that is already there."""

    read: Measurement
    by_path: ByPath

    def measurement(self, space: Space) -> Measurement:
        return self.read

    def tell(self, asked: str, space: Space) -> Placement | np.ndarray:
        return self.by_path.tell(asked, space)


def _sizes_in_words(micrographs: Micrographs, noun: str) -> str:
    """`3 micrographs of 200 x 260`, or how many there are of each size."""
    count = len(micrographs.images)
    sizes = Counter(" x ".join(map(str, image.shape)) for image in micrographs.images)
    text = f"{count} {noun}{'s' if count > 1 else ''}"
    if len(sizes) == 1:
        return f"{text} of {next(iter(sizes))}"
    return f"{text}, " + ", ".join(f"{number} of {size}" for size, number in sizes.most_common())
