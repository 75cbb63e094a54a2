"""A user's own measurement: from what the command line names to what an estimator is given."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench.commands.user_optics import find_optics, optics_facts, optics_lines
from mtdbench.errors import InputError
from mtdbench.files import is_file, is_folder, read_array
from mtdbench.micrographs import Micrographs, read_micrographs
from mtdbench.model.forward import ForwardModel
from mtdbench.model.instrument import (
    INSTRUMENT_FILE,
    MASK_FILE,
    forward_model,
    read_instrument,
)
from mtdbench.model.measurement import Measurement
from mtdbench.model.optics_groups import behind_optics
from mtdbench.model.placed_copies import Placement
from mtdbench.optics import MicrographOptics, TransferFunction
from mtdbench.preparation import Prepared, Settings, prepared_measurement
from mtdbench.ranks.communicator import ONE_RANK, Ranks
from mtdbench.run.job import Job
from mtdbench.run.prepare import ByPath, Inputs
from mtdbench.spaces import Space

DESCRIPTIONS = (INSTRUMENT_FILE, "dataset.json", "preparation.json")
"""Files that `simulate` and `prepare` leave beside a measurement."""


@dataclass(frozen=True, slots=True)
class UserFiles:
    """What a user names.

    Attributes
    ----------
    sources : tuple of str
        Files, folders, patterns, STAR files, see `mtdbench.micrographs.read_micrographs`.
    pixel_size : float or None
        Angstrom to a sample; what the files say where None.
    preparation : Settings or None
        How the micrographs are prepared; None takes them as they are.
    ctf : str or None
        File of their transfer functions, or `none`, see `mtdbench.commands.user_optics`.
    recorded_ctf : mapping or None
        Those that an estimate was made with, by name of a micrograph.
    """

    sources: tuple[str, ...]
    pixel_size: float | None = None
    preparation: Settings | None = None
    ctf: str | None = None
    recorded_ctf: Mapping[str, TransferFunction] | None = None

    @property
    def folder(self) -> Path:
        """That of the first source, or it itself."""
        first = Path(self.sources[0])
        return first if is_folder(first) else first.parent

    @property
    def are_described(self) -> bool:
        """Whether a file beside the first source says what it is: it was simulated or prepared, and
        nothing is to be taken off.
        """
        return any(is_file(self.folder / name) for name in DESCRIPTIONS)


@dataclass(frozen=True, slots=True, eq=False)
class UserMeasurement:
    """A measurement from files, and what outputs say of it.

    Attributes
    ----------
    measurement : Measurement
    names : tuple of str
        Of the micrographs.
    pixel_size : float or None
        Angstrom to a sample of the measurement; None where nobody knows.
    sizes : str
        How many micrographs of what size, in words.
    remarks : tuple of str
        What the user should know of how the files were read, a line each.
    prepared : Prepared or None
        What was done to the micrographs; None where they were taken as they are.
    settings : Settings or None
        That this was done by.
    first : array or None
        The first micrograph before that.
    optics : MicrographOptics or None
        The transfer functions that were found for the micrographs.
    """

    measurement: Measurement
    names: tuple[str, ...]
    pixel_size: float | None
    sizes: str
    remarks: tuple[str, ...] = ()
    prepared: Prepared | None = None
    settings: Settings | None = None
    first: np.ndarray | None = None
    optics: MicrographOptics | None = None

    @property
    def pixel_size_that_came(self) -> float | None:
        """Angstrom to a sample of the files."""
        if self.pixel_size is None or self.prepared is None:
            return self.pixel_size
        return self.pixel_size / self.prepared.bin_factor

    def in_samples_that_came(self, micrographs: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Places in micrographs of the measurement, (T, d), as places in those of the files."""
        if self.prepared is None:
            return places
        return self.prepared.in_samples_that_came(micrographs, places)

    def facts(self) -> dict[str, Any]:
        """What `run.json` and `pick.json` say of it."""
        forward = self.measurement.forward
        return {
            "pixel_size": self.pixel_size,
            "ctf": optics_facts(self.optics, forward, self.pixel_size),
            "micrographs": len(self.names),
            "names": list(self.names),
            "remarks": list(self.remarks),
            "preparation": None if self.prepared is None else self.prepared.report,
            "settings": None if self.settings is None else asdict(self.settings),
        }

    def lines(self) -> list[str]:
        """What the log says of how the files were read and prepared."""
        prepared = () if self.prepared is None else self.prepared.lines
        return [*self.remarks, *prepared, *optics_lines(self.optics, self.measurement.forward)]

    def words(self) -> str:
        """How many micrographs of what size, and the size of a sample, for the log."""
        known = self.pixel_size is not None
        return self.sizes + (f", {self.pixel_size:g} angstrom to a sample" if known else "")


def read_user_measurement(
    files: UserFiles,
    space: Space,
    sigma: float | None,
    spacing: str,
    ranks: Ranks = ONE_RANK,
) -> UserMeasurement:
    """The measurement in a user's files, prepared if that is asked for. If not, files beside the
    first one say what instrument recorded them, `instrument.json`, and what of them was measured,
    `mask.npy`.

    Raises
    ------
    InputError
        If a file cannot be read, or they do not fit the space.
    """
    ndim = space.window.ndim
    micrographs, remarks = read_micrographs(files.sources, ndim, files.pixel_size, ranks)
    sizes = _sizes_in_words(micrographs, "signal" if space.kind == "signal" else "micrograph")
    instrument = {} if files.preparation else read_instrument(files.folder / "any")
    optics, more = _optics(files, micrographs.names, instrument)
    rest: dict[str, Any] = {"remarks": (*remarks, *more), "optics": optics}
    pixel_size = micrographs.pixel_size
    if files.preparation is not None:
        measurement, prepared = prepared_measurement(
            micrographs, files.preparation, space, sigma, spacing, optics
        )
        pixel_size, first = prepared.micrographs.pixel_size, micrographs.images[0]
        rest |= {"prepared": prepared, "settings": files.preparation, "first": first}
    else:
        forward = forward_model(space, instrument)
        if optics is not None:
            forward = behind_optics(forward, optics, pixel_size)
        masked = _masked(micrographs, files.folder / MASK_FILE)
        measurement = measurement_of(masked, space, sigma, spacing, forward)
    return UserMeasurement(measurement, micrographs.names, pixel_size, sizes, **rest)


def _optics(
    files: UserFiles, names: tuple[str, ...], instrument: Mapping[str, Any]
) -> tuple[MicrographOptics | None, list[str]]:
    """The transfer functions of the micrographs that the instrument beside them does not have."""
    if "ctf" not in instrument:
        return find_optics(files.ctf, files.sources, names, files.recorded_ctf)
    if files.ctf is not None:
        raise InputError(
            f"--ctf {files.ctf}: '{files.folder / INSTRUMENT_FILE}' has the transfer functions of"
            " the micrographs beside it: expected no others"
        )
    return None, []


def _masked(micrographs: Micrographs, path: Path) -> Micrographs:
    """The micrographs with the mask in a file, where there is one."""
    if not is_file(path):
        return micrographs
    mask, first = read_array(path), micrographs.images[0]
    masks = mask.reshape(-1, *mask.shape[mask.ndim - first.ndim :]) > 0
    if masks.shape != (len(micrographs.images), *first.shape):
        raise InputError(
            f"'{path}' has shape {mask.shape}: expected that of the micrographs beside it"
        )
    return replace(micrographs, measured=tuple(masks))


def measurement_of(
    micrographs: Micrographs, space: Space, sigma: float | None, spacing: str, forward: ForwardModel
) -> Measurement:
    """Micrographs as an estimator is given them; samples that were not measured are those of the
    forward model.

    Raises
    ------
    InputError
        If they do not fit the space or the forward model.
    """
    samples, measured = micrographs.stacked()
    if measured is not None:
        forward = replace(forward, measured=measured)
    alone = len(samples) == 1
    return Measurement(samples[0] if alone else samples, space, sigma, spacing, forward)


def inputs_of(
    job: Job, measurement: Measurement, ranks: Ranks = ONE_RANK
) -> Callable[[tuple[str, ...]], Inputs]:
    """The inputs of a job whose measurement is read: for `mtdbench.run.prepare.prepare`."""
    return lambda asked: _Read(measurement, ByPath(job, ranks))


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """Inputs with a measurement that is already there."""

    read: Measurement
    by_path: ByPath

    def measurement(self, space: Space) -> Measurement:
        return self.read

    def tell(self, asked: str, space: Space) -> Placement | np.ndarray:
        return self.by_path.tell(asked, space)


def _sizes_in_words(micrographs: Micrographs, noun: str) -> str:
    """`3 micrographs of 200 x 260`, or how many there are of each size."""
    count = len(micrographs.images)
    sizes = Counter(" x ".join(map(str, image.shape)) for image in micrographs.images)
    text = f"{count} {noun}{'s' if count > 1 else ''}"
    if len(sizes) == 1:
        return f"{text} of {next(iter(sizes))}"
    return f"{text}, " + ", ".join(f"{number} of {size}" for size, number in sizes.most_common())
