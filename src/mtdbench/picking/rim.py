"""Patches that hang over the rim of a micrograph, for copies of which it shows but a part."""

from dataclasses import replace

import numpy as np

from mtdbench.model.measurement import Measurement
from mtdbench.picking.picks import Picks


def with_rim(measurement: Measurement, width: int) -> Measurement:
    """The same measurement within `width` samples on every side that were not measured."""
    stack, forward = measurement.stack, measurement.forward
    edges = [(0, 0), *[(width, width)] * (stack.ndim - 1)]
    known = np.ones(stack.shape, dtype=bool) if forward.measured is None else forward.measured
    padded = np.pad(stack, edges)
    return replace(
        measurement,
        samples=padded if measurement.samples.ndim == padded.ndim else padded[0],
        forward=replace(forward, measured=np.pad(known, edges)),
    )


def without_rim(picks: Picks, width: int) -> Picks:
    """Picks in a measurement with a rim, by the samples of the measurement without."""
    return replace(picks, patches=picks.patches - width)
