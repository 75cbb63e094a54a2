"""Preparation of a user's own micrographs: from files to files."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mtdbench import provenance
from mtdbench.errors import InputError
from mtdbench.figures.preparation_figure import draw_preparation
from mtdbench.files import read_array, write_array, write_json
from mtdbench.library.plotting import save_png
from mtdbench.micrographs import Micrographs
from mtdbench.model.instrument import INSTRUMENT_FILE
from mtdbench.preparation import Prepared, Settings, prepare_micrographs
from mtdbench.preparation.prepared_measurement import stacked_samples

MASK_FILE = "mask.npy"
REPORT_FILE = "preparation.json"


def prepare_files(micrographs: Micrographs, settings: Settings, out: Path) -> Prepared:
    """Prepare micrographs and write them into the folder `out`.

    Files: `prepared.npy`, `mask.npy` if not all samples were measured, `instrument.json` if the
    noise was whitened, `preparation.png`, and, last, `preparation.json`, which holds the report.

    Raises
    ------
    InputError
        If the micrographs cannot be prepared, or nothing can be written there.
    """
    _check_folder(out)
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
    save_png(draw_preparation(micrographs.images[0], prepared), out / "preparation.png")
    facts = {"names": list(prepared.micrographs.names), "sigma": prepared.sigma}
    versions = {"versions": provenance.versions(), "commit": provenance.commit()}
    write_json(out / REPORT_FILE, facts | prepared.report | versions)
    return prepared


def read_micrographs(
    paths: Sequence[Path], axes: int, pixel_size: float | None = None
) -> Micrographs:
    """The micrographs in `.npy` and `.mrc` files, each one of so many axes or a stack of such.

    Raises
    ------
    InputError
        If a file cannot be read, or has another number of axes.
    """
    images: list[np.ndarray] = []
    names: list[str] = []
    for path in paths:
        array = read_array(path)
        if array.ndim not in (axes, axes + 1):
            raise InputError(
                f"'{path}' has {array.ndim} axes: expected {axes}, or {axes + 1} for several"
            )
        several = [array] if array.ndim == axes else list(array)
        images += several
        single = len(several) == 1
        names += [path.name if single else f"{m + 1:06d}@{path.name}" for m in range(len(several))]
    return Micrographs(tuple(images), tuple(names), pixel_size)


def _check_folder(out: Path) -> None:
    """Ask for the folder before anything is computed; none is made yet."""
    first = next((path for path in (out, *out.resolve().parents) if path.exists()), out)
    if not first.is_dir():
        raise InputError(f"'{first}' is a file: expected a folder")
    if not os.access(first, os.W_OK | os.X_OK):
        raise InputError(f"cannot write into '{first}': expected a folder that can be written")
