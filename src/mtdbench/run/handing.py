"""Hands a run what it may know: descriptors in place of paths."""

import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from mtdbench.errors import InputError
from mtdbench.model.instrument import mask_beside, read_instrument
from mtdbench.plain_text import plain_line
from mtdbench.run.job import Job
from mtdbench.run.landlock import landlock_version
from mtdbench.run.messages import send_message
from mtdbench.run.sealed import seal, seal_samples


def hand_over(channel: socket.socket, job: Job, names: Iterable[str]) -> list[str]:
    """Send a job's measurement, and what its estimator asks for; what that was.

    Parameters
    ----------
    channel : socket
        Read by `mtdbench.run.handed.receive_inputs`.
    job : Job
    names : of `placement` and `truth`
    """
    descriptors: list[int] = []
    content: dict[str, Any] = {"told": []}
    try:
        measurement = Path(job.measurement)
        content |= {"name": measurement.name, "instrument": read_instrument(measurement)}
        files = [measurement, *filter(None, [mask_beside(measurement)])]
        content["masked"] = len(files) > 1
        in_place = landlock_version() > 0
        descriptors += map(partial(seal_samples, in_place=in_place), files)
        for name in dict.fromkeys(names):
            told = {"placement": job.placement, "truth": job.truth}[name]
            if told is not None:
                descriptors.append(seal(Path(told)))
                content["told"].append(name)
    except (InputError, OSError) as error:
        content = {"told": [], "refusal": plain_line(str(error), 300)}
    try:
        with suppress(OSError):  # one that does not listen has itself to blame
            send_message(channel, content, descriptors)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    return list(content["told"])


def nameless(job: Job) -> dict[str, Any]:
    """The facts of a job without a path in them."""
    return job.facts() | {"measurement": "", "placement": None, "truth": None}
