"""Prepared micrographs as files that a measurement is read from."""

from pathlib import Path

import numpy as np

from mtdbench.files import write_array, write_json
from mtdbench.model.instrument import INSTRUMENT_FILE, MASK_FILE
from mtdbench.preparation.prepared import Prepared
from mtdbench.preparation.prepared_measurement import stacked_samples


def write_prepared(prepared: Prepared, path: Path) -> None:
    """Write the samples of prepared micrographs to `path`, a `.npy` file, and beside them
    `mask.npy` if not all were measured, and `instrument.json` if the noise was whitened.
    """
    stack, measured = stacked_samples(prepared)
    for name in (MASK_FILE, INSTRUMENT_FILE):  # of a preparation before this one
        path.with_name(name).unlink(missing_ok=True)
    alone = len(stack) == 1
    write_array(path, stack[0] if alone else stack)
    if measured is not None:
        mask = measured.astype(np.uint8)  # readers take numbers
        write_array(path.with_name(MASK_FILE), mask[0] if alone else mask)
    if prepared.kernel is not None and prepared.filters_object:
        instrument = {"kernels": [prepared.kernel.tolist()]}
        write_json(path.with_name(INSTRUMENT_FILE), instrument)
