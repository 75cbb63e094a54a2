"""Preparation of a user's own micrographs: from files to files."""

from pathlib import Path

import numpy as np

from mtdbench import provenance
from mtdbench.commands.user_measurement import MASK_FILE
from mtdbench.figures.preparation_figure import draw_preparation
from mtdbench.files import write_array, write_json
from mtdbench.library.plotting import save_png
from mtdbench.micrographs import Micrographs
from mtdbench.model.instrument import INSTRUMENT_FILE
from mtdbench.preparation import Prepared, Settings, prepare_micrographs
from mtdbench.preparation.prepared_measurement import stacked_samples

REPORT_FILE = "preparation.json"


def prepare_files(micrographs: Micrographs, settings: Settings, out: Path) -> Prepared:
    """Prepare micrographs and write them into the folder `out`.

    Files: `prepared.npy`, `mask.npy` if not all samples were measured, `instrument.json` if the
    noise was whitened, `preparation.png`, and, last, `preparation.json`, which holds the report.

    Raises
    ------
    InputError
        If the micrographs cannot be prepared; nothing is written then.
    """
    prepared = prepare_micrographs(micrographs, settings)
    stack, measured = stacked_samples(prepared)
    out.mkdir(parents=True, exist_ok=True)
    for name in (REPORT_FILE, MASK_FILE, INSTRUMENT_FILE):  # of a preparation before this one
        (out / name).unlink(missing_ok=True)
    write_array(out / "prepared.npy", stack[0] if len(stack) == 1 else stack)
    if measured is not None:
        write_array(out / MASK_FILE, measured[0] if len(stack) == 1 else measured)
    if prepared.kernel is not None and prepared.filters_object:
        write_json(out / INSTRUMENT_FILE, {"kernels": [prepared.kernel.tolist()]})
    save_preparation(micrographs.images[0], prepared, out)
    facts = {"names": list(prepared.micrographs.names), "sigma": prepared.sigma}
    versions = {"versions": provenance.versions(), "commit": provenance.commit()}
    write_json(out / REPORT_FILE, facts | prepared.report | versions)
    return prepared


def save_preparation(before: np.ndarray, prepared: Prepared, out: Path) -> None:
    """Draw what became of the first micrograph into `preparation.png`."""
    save_png(draw_preparation(before, prepared), out / "preparation.png")
