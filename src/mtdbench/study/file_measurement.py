"""What a cell says of a measurement that lies in files, and the cell that a sweep of them is."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mtdbench.errors import InputError, unknown
from mtdbench.estimators.options import read_options
from mtdbench.estimators.registry import load_safely
from mtdbench.spaces import make_space
from mtdbench.study.fingerprint import canonical

if TYPE_CHECKING:
    from mtdbench.preparation import Settings
    from mtdbench.study.cells import Cell
    from mtdbench.study.file_sweep import FileSweep


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMeasurement:
    """A measurement in files, as it is to be prepared and judged.

    Attributes
    ----------
    measurement : str
        `file:PATH`, see `mtdbench.study.file_paths`.
    across : float
        Diameter of a particle, samples after binning; the window where nobody knows it.
    pixel_size : float or None
        Angstrom to a sample of the files, whatever they say.
    micrographs : int or None
        The first so many; None for all.
    preparation : mapping or None
        Arguments of `mtdbench.preparation.Settings`; None takes the micrographs as they are.
    marks, reference, ctf : str or None
        As in `mtdbench.study.file_sweep.FileSweep`.
    """

    measurement: str
    across: float
    pixel_size: float | None = None
    micrographs: int | None = None
    preparation: Mapping[str, Any] | None = None
    marks: str | None = None
    reference: str | None = None
    ctf: str | None = None

    @classmethod
    def of(cls, cell: "Cell") -> "FileMeasurement":
        """What a cell says."""
        return cls(**json.loads(cell.files))

    @property
    def settings(self) -> "Settings | None":
        """How the micrographs are prepared; None if they are not.

        Raises
        ------
        InputError
            If a setting is unknown or not valid.
        """
        if self.preparation is None:
            return None
        from mtdbench.preparation import Settings

        known = Settings.__dataclass_fields__
        for name in self.preparation:
            if name not in known:
                raise unknown("setting of the preparation", name, known)
        try:
            return Settings(**self.preparation)
        except TypeError as error:
            raise InputError(f"preparation: {error} (expected settings of one value)") from None


def file_cell(sweep: "FileSweep") -> dict[str, Any]:
    """The fields of the one cell of a sweep of files that a simulated one has otherwise. Size, SNR
    and density are not known.

    Raises
    ------
    InputError
        If neither the window nor the diameter and the size of samples are given.
    """
    window, facts = _sized(sweep)
    return {
        "id": f"{sweep.name}-L{window}",
        "window": window,
        "files": canonical(asdict(facts)),
        "target": "",
        "size": 0,
        "snr": math.nan,
        "density": None,
        "micrographs": 1,
        "method": "expanded",
        "full_size": None,
        "mrc": False,
        "sigma_known": False,
        "picking": False,
        "bound": False,
    }


def sized_options(sweep: "FileSweep", method: str) -> dict[str, Any]:
    """The option `diameter` of an estimator that centres an image by it, where it is known."""
    if sweep.space != "disc" or sweep.diameter is None:
        return {}
    options, _ = read_options(load_safely(method))
    return {"diameter": _sized(sweep)[1].across} if "diameter" in options else {}


def check_file_cell(cell: "Cell") -> None:
    """Check all of a cell of files but the files.

    Raises
    ------
    InputError
        If the space, the spacing, or a setting of the preparation is not valid.
    """
    from mtdbench.model.spacing import Spacing

    make_space(cell.space, cell.window, cell.basis)
    Spacing(cell.spacing)
    given = FileMeasurement.of(cell)
    _ = given.settings
    if given.reference == "marks" and given.marks is None:
        raise InputError("reference: marks, and no marks: expected marks: file:PATTERN too")


def _sized(sweep: "FileSweep") -> tuple[int, FileMeasurement]:
    """The window, and the rest of what decides the measurement."""
    from mtdbench.preparation.window_choice import (
        BEHIND_OPTICS,
        WINDOW_DIAMETERS,
        choose_window,
    )

    settings: dict[str, Any] | None = None
    if sweep.preparation != "none":
        settings = dict(sweep.preparation)
    window, across = sweep.window, float(sweep.window or 0)
    if sweep.diameter is not None:
        if sweep.pixel_size is None:
            raise InputError(
                f"sweep '{sweep.name}': diameter without pixel_size: expected both, in angstrom"
            )
        factor = 1 if settings is None else settings.get("bin_factor")
        diameters = WINDOW_DIAMETERS if sweep.ctf is None else BEHIND_OPTICS
        choice = choose_window(sweep.diameter, sweep.pixel_size, window, factor, diameters)
        window, across = choice.window, choice.diameter
        if settings is not None:
            chosen = {"diameter": sweep.diameter, "level": "mean", "bin_factor": choice.bin_factor}
            settings = chosen | settings
    if window is None:
        raise InputError(f"sweep '{sweep.name}': expected a window, or diameter and pixel_size")
    facts = FileMeasurement(
        measurement=sweep.measurement,
        across=across,
        pixel_size=sweep.pixel_size,
        micrographs=sweep.micrographs,
        preparation=settings,
        marks=sweep.marks,
        reference=sweep.reference,
        ctf=sweep.ctf,
    )
    return window, facts
