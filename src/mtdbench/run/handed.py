"""What the process of a run is handed: its measurement, and what it may be told, without names."""

import mmap
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.instrument import forward_model, with_mask
from mtdbench.model.measurement import Measurement
from mtdbench.model.placed_copies import Placement
from mtdbench.run.job import Job
from mtdbench.run.messages import receive_message
from mtdbench.run.prepare import missing
from mtdbench.spaces import Space

HEADERS: dict[tuple[int, int], Callable[..., tuple[Any, bool, np.dtype[Any]]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


@dataclass(frozen=True, slots=True)
class Handed:
    """The inputs of a job as open descriptors.

    Attributes
    ----------
    job : Job
    name : str
        What messages call the measurement.
    instrument : dict
        The content of the measurement's `instrument.json`.
    samples : int
        Descriptor of a `.npy` file.
    told : dict
        Descriptors of `.npz` files, by what the estimator asks for.
    mask : int or None
        Descriptor of the `.npy` file that says which samples were measured; None where all were.
    """

    job: Job
    name: str
    instrument: dict[str, Any]
    samples: int
    told: dict[str, int] = field(default_factory=dict)
    mask: int | None = None

    def measurement(self, space: Space) -> Measurement:
        """The measurement, memory-mapped."""
        forward = forward_model(space, self.instrument)
        try:
            samples = map_array(self.samples)
            if self.mask is not None:
                forward = with_mask(forward, map_array(self.mask))
        except (ValueError, OSError, KeyError) as error:
            raise InputError(f"cannot read '{self.name}': {error}") from error
        job = self.job
        return Measurement.of(samples, space, job.sigma, job.spacing, forward, self.name)

    def tell(self, asked: str, space: Space) -> Placement | np.ndarray:
        """What the estimator asks to be told by that name."""
        if asked not in self.told:
            raise missing(self.job.method, asked)
        with mmap.mmap(self.told[asked], 0, access=mmap.ACCESS_READ) as content:
            stream = BytesIO(content)
        return Placement.load(stream) if asked == "placement" else read_coefficients(stream, space)

    def close(self) -> None:
        """Let go of the descriptors; what is mapped stays."""
        for descriptor in (self.samples, self.mask, *self.told.values()):
            if descriptor is not None:
                os.close(descriptor)


def receive_inputs(channel: socket.socket, job: Job) -> Handed:
    """The inputs of a job from whoever guards its run.

    Raises
    ------
    InputError
        If there are none; the message says why.
    """
    message = receive_message(channel)
    if message is None:
        raise InputError("no measurement was handed over")
    content, descriptors = message
    if "refusal" in content:
        raise InputError(content["refusal"])
    samples, *rest = descriptors
    mask = rest.pop(0) if content["masked"] else None
    told = dict(zip(content["told"], rest, strict=True))
    return Handed(job, content["name"], content["instrument"], samples, told, mask)


def map_array(descriptor: int) -> np.ndarray:
    """The array of real numbers in an open `.npy` file, memory-mapped for reading.

    In place of `numpy.memmap`, which opens files by their names.

    Raises
    ------
    ValueError
        If the file is not a complete one.
    """
    # Read through the map: ranks hold the same open file, and with it one place of reading.
    content = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    shape, by_columns, dtype = HEADERS[np.lib.format.read_magic(content)](content)
    offset = content.tell()
    return np.ndarray(shape, dtype, content, offset, order="F" if by_columns else "C")
