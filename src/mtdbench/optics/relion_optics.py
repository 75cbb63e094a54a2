"""Transfer functions in STAR files, as RELION writes them."""

from pathlib import Path

import numpy as np
import pandas as pd

from mtdbench.errors import InputError
from mtdbench.micrographs.star_list import MICROGRAPH, OPTICS_GROUP, listing_of, star_tables
from mtdbench.optics.transfer_function import TransferFunction

U, V, ANGLE = DEFOCUS = ("rlnDefocusU", "rlnDefocusV", "rlnDefocusAngle")
LENS = {
    "rlnVoltage": "voltage",
    "rlnSphericalAberration": "spherical_aberration",
    "rlnAmplitudeContrast": "amplitude_contrast",
}
OPTIONAL = {
    "rlnPhaseShift": "phase_shift",
    "rlnCtfBfactor": "b_factor",
    "rlnCtfScalefactor": "scale",
}
_FIELDS = {U: "defocus_u", V: "defocus_v", ANGLE: "angle"} | LENS | OPTIONAL
NEEDED = (*DEFOCUS, *LENS)


def read_relion_optics(path: Path) -> dict[str, TransferFunction]:
    """The transfer function of each micrograph that a STAR file names; of one that it names for
    each of its particles, the mean over these.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or has a value that is not possible.
    """
    table = _with_optics(path)
    missing = [label for label in NEEDED if label not in table]
    if missing:
        raise InputError(
            f"'{path}' has no column {missing[0]}: expected {', '.join(NEEDED)} for the transfer"
            " function"
        )
    return {name: _function(path, name, row) for name, row in _means(path, table)}


def missing_columns(path: Path) -> list[str] | None:
    """The columns of a transfer function that a STAR file lacks; None if it has no defocus at all.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    table = _with_optics(path)
    return [label for label in NEEDED if label not in table] if U in table else None


def _with_optics(path: Path) -> pd.DataFrame:
    """The table that names micrographs, with those columns that only that of the optics has."""
    tables = star_tables(path)
    table, optics = listing_of(tables, path), tables.get("optics")
    if optics is None or not len(optics):
        return table
    more = [label for label in _FIELDS if label in optics and label not in table]
    if OPTICS_GROUP in table and OPTICS_GROUP in optics:
        own = optics[[OPTICS_GROUP, *more]].drop_duplicates(OPTICS_GROUP)
        return table.merge(own, on=OPTICS_GROUP, how="left")
    return table.assign(**{label: optics[label].iloc[0] for label in more if len(optics) == 1})


def _means(path: Path, table: pd.DataFrame) -> list[tuple[str, dict[str, float]]]:
    """The values of each micrograph by column. Astigmatism is a vector at twice its angle."""
    labels = [label for label in _FIELDS if label in table]
    values = table[labels].apply(pd.to_numeric, errors="coerce")
    twice, half = np.deg2rad(2 * values[ANGLE]), (values[U] - values[V]) / 2
    parts = values.assign(
        mean=(values[U] + values[V]) / 2, x=half * np.cos(twice), y=half * np.sin(twice)
    )
    names = table[MICROGRAPH].astype(str)
    alone = ~names.duplicated(keep=False)
    means = parts.groupby(names, sort=False).mean()
    half, middle = np.hypot(means["x"], means["y"]), means["mean"]
    means[U], means[V] = middle + half, middle - half
    means[ANGLE] = np.rad2deg(np.arctan2(means["y"], means["x"])) / 2
    means.loc[names[alone], labels] = values[alone].to_numpy()  # to the digit
    return [(str(name), dict(row)) for name, row in means[labels].iterrows()]


def _function(path: Path, name: str, row: dict[str, float]) -> TransferFunction:
    try:
        return TransferFunction(**{_FIELDS[label]: float(value) for label, value in row.items()})
    except InputError as error:
        raise InputError(f"'{path}', micrograph '{name}': {error}") from None
