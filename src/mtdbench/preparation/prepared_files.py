"""Prepared micrographs as files that a measurement is read from."""

from pathlib import Path
from typing import Any

import numpy as np

from mtdbench.files import write_array, write_json
from mtdbench.model.instrument import INSTRUMENT_FILE, MASK_FILE
from mtdbench.model.optics_groups import unknown_size
from mtdbench.optics import MicrographOptics
from mtdbench.preparation.prepared import Prepared
from mtdbench.preparation.prepared_measurement import stacked_samples


def instrument_parts(prepared: Prepared, optics: MicrographOptics | None = None) -> dict[str, Any]:
    """The parts of the instrument that a forward model is to have: a whitening kernel, transfer
    functions.

    Raises
    ------
    InputError
        If there are transfer functions, and nobody knows the size of a sample.
    """
    parts: dict[str, Any] = {}
    if prepared.kernel is not None and prepared.filters_object:
        parts["kernels"] = [prepared.kernel.tolist()]
    if optics is None:
        return parts
    if prepared.micrographs.pixel_size is None:
        raise unknown_size()
    return parts | optics.parts(prepared.micrographs.pixel_size)


def write_prepared(prepared: Prepared, path: Path, instrument: dict[str, Any]) -> None:
    """Write the samples of prepared micrographs to `path`, a `.npy` file, and beside them
    `mask.npy` if not all were measured, and `instrument.json` if the instrument has any parts.
    """
    stack, measured = stacked_samples(prepared)
    for name in (MASK_FILE, INSTRUMENT_FILE):  # of a preparation before this one
        path.with_name(name).unlink(missing_ok=True)
    alone = len(stack) == 1
    write_array(path, stack[0] if alone else stack)
    if measured is not None:
        mask = measured.astype(np.uint8)  # readers take numbers
        write_array(path.with_name(MASK_FILE), mask[0] if alone else mask)
    if instrument:
        write_json(path.with_name(INSTRUMENT_FILE), instrument)
