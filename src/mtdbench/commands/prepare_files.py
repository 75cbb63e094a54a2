"""Preparation of a user's own micrographs: from files to files."""

from pathlib import Path
from typing import Any

import numpy as np

from mtdbench import provenance
from mtdbench.commands.user_measurement import MASK_FILE
from mtdbench.figures.preparation_figure import draw_preparation
from mtdbench.files import write_array, write_json
from mtdbench.library.plotting import save_png
from mtdbench.micrographs import Micrographs
from mtdbench.model.instrument import INSTRUMENT_FILE
from mtdbench.model.optics_groups import unknown_size
from mtdbench.optics import MicrographOptics
from mtdbench.preparation import Prepared, Settings, prepare_micrographs
from mtdbench.preparation.prepared_measurement import stacked_samples

REPORT_FILE = "preparation.json"


def prepare_files(
    micrographs: Micrographs, settings: Settings, out: Path, optics: MicrographOptics | None = None
) -> Prepared:
    """Prepare micrographs and write them into the folder `out`.

    Files: `prepared.npy`, `mask.npy` if not all samples were measured, `instrument.json` if the
    noise was whitened or there are transfer functions, `preparation.png`, and, last,
    `preparation.json`, which holds the report.

    Raises
    ------
    InputError
        If the micrographs cannot be prepared, or have transfer functions and samples of unknown
        size; nothing is written then.
    """
    prepared = prepare_micrographs(micrographs, settings)
    instrument = _instrument(prepared, optics)
    stack, measured = stacked_samples(prepared)
    out.mkdir(parents=True, exist_ok=True)
    for name in (REPORT_FILE, MASK_FILE, INSTRUMENT_FILE):  # of a preparation before this one
        (out / name).unlink(missing_ok=True)
    write_array(out / "prepared.npy", stack[0] if len(stack) == 1 else stack)
    if measured is not None:
        write_array(out / MASK_FILE, measured[0] if len(stack) == 1 else measured)
    if instrument:
        write_json(out / INSTRUMENT_FILE, instrument)
    save_preparation(micrographs.images[0], prepared, out)
    facts = {"names": list(prepared.micrographs.names), "sigma": prepared.sigma}
    versions = {"versions": provenance.versions(), "commit": provenance.commit()}
    write_json(out / REPORT_FILE, facts | prepared.report | versions)
    return prepared


def _instrument(prepared: Prepared, optics: MicrographOptics | None) -> dict[str, Any]:
    """The parts of the instrument that a forward model is to have."""
    parts: dict[str, Any] = {}
    if prepared.kernel is not None and prepared.filters_object:
        parts["kernels"] = [prepared.kernel.tolist()]
    if optics is None:
        return parts
    if prepared.micrographs.pixel_size is None:
        raise unknown_size()
    return parts | optics.parts(prepared.micrographs.pixel_size)


def save_preparation(before: np.ndarray, prepared: Prepared, out: Path) -> None:
    """Draw what became of the first micrograph into `preparation.png`."""
    save_png(draw_preparation(before, prepared), out / "preparation.png")
