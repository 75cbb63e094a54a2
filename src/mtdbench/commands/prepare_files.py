"""Preparation of a user's own micrographs: from files to files."""

from pathlib import Path

import numpy as np

from mtdbench import provenance
from mtdbench.figures.preparation_figure import draw_preparation
from mtdbench.files import write_json
from mtdbench.library.plotting import save_png
from mtdbench.micrographs import Micrographs
from mtdbench.optics import MicrographOptics
from mtdbench.preparation import Prepared, Settings, prepare_micrographs
from mtdbench.preparation.prepared_files import instrument_parts, write_prepared

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
    instrument = instrument_parts(prepared, optics)
    out.mkdir(parents=True, exist_ok=True)
    (out / REPORT_FILE).unlink(missing_ok=True)  # it stands for a complete preparation
    write_prepared(prepared, out / "prepared.npy", instrument)
    save_preparation(micrographs.images[0], prepared, out)
    facts = {"names": list(prepared.micrographs.names), "sigma": prepared.sigma}
    versions = {"versions": provenance.versions(), "commit": provenance.commit()}
    write_json(out / REPORT_FILE, facts | prepared.report | versions)
    return prepared


def save_preparation(before: np.ndarray, prepared: Prepared, out: Path) -> None:
    """Draw what became of the first micrograph into `preparation.png`."""
    save_png(draw_preparation(before, prepared), out / "preparation.png")
