"""The data set that is made of files: prepared micrographs, and what judges the runs on them."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import read_array, write_array, write_arrays, write_json
from mtdbench.micrographs import Micrographs, read_micrographs
from mtdbench.optics import MicrographOptics
from mtdbench.optics.micrograph_optics import optics_of
from mtdbench.optics.optics_files import read_optics
from mtdbench.picking.particle_marks import Marks, marked_mean, read_marks
from mtdbench.preparation import Prepared, Settings, prepare_micrographs
from mtdbench.preparation.prepared_files import instrument_parts, write_prepared
from mtdbench.spaces import make_space
from mtdbench.study.cells import Cell
from mtdbench.study.file_measurement import FileMeasurement
from mtdbench.study.file_paths import measurement_files, named_path, table_files

MARKS_FILE, REFERENCE_FILE = "marks.npz", "reference.npy"
"""Beside a measurement: the marks in its samples, and what the mean of the particles looks like."""


def write_file_dataset(cell: Cell, folder: Path) -> dict[str, Any]:
    """Read and prepare the files of a cell into a folder, and return the content of its
    `dataset.json`.

    Files: `measurement.npy`, with `mask.npy` and `instrument.json` where there is need, as
    `mtdbench prepare` writes them; where they are given, `marks.npz` (places, micrographs, marked)
    and `reference.npy`; and, last, `dataset.json`.

    Raises
    ------
    MissingFiles
        If files are not there.
    InputError
        If files cannot be used.
    """
    given, space = FileMeasurement.of(cell), make_space(cell.space, cell.window, cell.basis)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("dataset.json", MARKS_FILE, REFERENCE_FILE):
        (folder / name).unlink(missing_ok=True)
    micrographs, remarks = _read(given, space.window.ndim)
    settings = given.settings
    if settings is not None:
        settings = replace(settings, window=settings.window or cell.window)
    prepared = _prepared(micrographs, settings)
    instrument = instrument_parts(prepared, _optics(given, micrographs.names))
    write_prepared(prepared, folder / "measurement.npy", instrument)
    marks = _marks(given, prepared)
    if marks is not None:
        arrays = {"places": marks.places, "micrographs": marks.micrographs, "marked": marks.marked}
        write_arrays(folder / MARKS_FILE, **arrays)
    reference = _reference(given, cell.window, micrographs, settings, marks, prepared)
    if reference is not None:
        write_array(folder / REFERENCE_FILE, reference)
    content = _described(cell, given, prepared, [*remarks, *prepared.lines])
    write_json(folder / "dataset.json", content)
    return content


def _read(given: FileMeasurement, ndim: int) -> tuple[Micrographs, list[str]]:
    measurement_files(given.measurement)  # says what is missing
    path = named_path(given.measurement)
    micrographs, remarks = read_micrographs([path], ndim, given.pixel_size)
    first = slice(given.micrographs)
    images, names = micrographs.images[first], micrographs.names[first]
    return replace(micrographs, images=images, names=names), remarks


def _prepared(micrographs: Micrographs, settings: Settings | None) -> Prepared:
    """Micrographs as they are prepared, or, without settings, as they are."""
    if settings is not None:
        return prepare_micrographs(micrographs, settings)
    count, ndim = len(micrographs.images), micrographs.images[0].ndim
    return Prepared(
        micrographs=micrographs, kernel=None, filters_object=False, sign=1, sigma=math.nan,
        sigma_known=False, bin_factor=1, origins=np.zeros((count, ndim)), scales=np.ones(count),
        stack=None,
    )  # fmt: skip


def _optics(given: FileMeasurement, names: tuple[str, ...]) -> MicrographOptics | None:
    """The transfer functions of the micrographs, where there are any."""
    if given.ctf is None:
        return None
    path = named_path(given.ctf)
    return optics_of(names, read_optics(path), f"'{path}'")


def _marks(given: FileMeasurement, prepared: Prepared) -> Marks | None:
    """The marks in samples of the prepared micrographs."""
    if given.marks is None:
        return None
    micrographs = prepared.micrographs
    ndim = micrographs.images[0].ndim
    read = read_marks(table_files(given.marks), micrographs.names, ndim)
    numbers = np.repeat(list(read), [len(places) for places in read.values()])
    places = prepared.in_prepared_samples(numbers, np.concatenate(list(read.values())))
    return Marks(numbers, places, np.array(list(read)))


def _reference(
    given: FileMeasurement,
    window: int,
    micrographs: Micrographs,
    settings: Settings | None,
    marks: Marks | None,
    prepared: Prepared,
) -> np.ndarray | None:
    """What the mean of the particles looks like, where that is given."""
    if given.reference is None:
        return None
    if given.reference != "marks" or marks is None:
        array = np.asarray(read_array(measurement_files(given.reference)[0]), dtype=float)
        ndim = micrographs.images[0].ndim
        if array.ndim != ndim or not np.isfinite(array).all() or not array.any():
            raise InputError(
                f"reference '{given.reference}' has shape {array.shape}: expected finite numbers"
                f" along {ndim} axes"
            )
        return array
    if prepared.kernel is not None and settings is not None:
        # Estimates show what was there before the noise was whitened, and so does the mean.
        sign = "light" if prepared.sign > 0 else "dark"
        alike = prepare_micrographs(micrographs, replace(settings, whiten=False, sign=sign))
        came = prepared.in_samples_that_came(marks.micrographs, marks.places)
        places = alike.in_prepared_samples(marks.micrographs, came)
        return marked_mean(alike.micrographs.images, replace(marks, places=places), window)
    return marked_mean(prepared.micrographs.images, marks, window)


def _described(
    cell: Cell, given: FileMeasurement, prepared: Prepared, remarks: list[str]
) -> dict[str, Any]:
    """The content of `dataset.json`. `size` is the longest side; `sigma_prepared` is what the
    preparation found in its samples, and no estimator is told.
    """
    images = prepared.micrographs.images
    return {
        "space": cell.space,
        "window": cell.window,
        "basis": cell.basis,
        "spacing": cell.spacing,
        "measurement": given.measurement,
        "micrographs": len(images),
        "names": list(prepared.micrographs.names),
        "size": max(max(image.shape) for image in images),
        "pixel_size": prepared.micrographs.pixel_size,
        "sigma": None,
        "sigma_prepared": prepared.sigma,
        "preparation": prepared.report,
        "remarks": remarks,
    }
