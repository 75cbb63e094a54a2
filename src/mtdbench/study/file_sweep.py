"""A sweep of a study whose measurement lies in files: nobody knows what is in it."""

from typing import Annotated, Literal

from pydantic import Field

from mtdbench.model.spacing import DEFAULT_SPACING, Spacing
from mtdbench.spaces.catalogue import SPACES
from mtdbench.study.keys import FileName, Number, Options, Strict

OnDisk = Annotated[str, Field(pattern=r"^file:.+", max_length=1000)]


class ReducedFiles(Strict):
    """What a sweep of files has at the reduced scale in place of its own."""

    skip: bool = Field(False, description="whether the sweep is left out")
    micrographs: Number | None = Field(None, ge=1, description="of the first so many files")
    trials: Number | None = Field(None, ge=1, description="seeds of the estimators")
    estimators: tuple[str, ...] | None = Field(None, description="labels of those that run here")
    options: dict[str, Options] | None = Field(
        None, description="label: {option: value}, as the sweep's"
    )


class FileSweep(Strict):
    """A measurement from files, without a truth; its trials differ in the estimators' seeds."""

    name: FileName = Field(description="first part of the cell's name")
    measurement: OnDisk = Field(
        description="file:PATH of a file, a folder, a pattern or a STAR file that lists"
        " micrographs; ${NAME} in it stands for a variable of the environment, NAME or"
        " MTDBENCH_NAME"
    )
    space: str = Field(description=" or ".join(SPACES))
    diameter: float | None = Field(
        None, gt=0, description="of a particle, angstrom; with pixel_size it decides the window"
    )
    pixel_size: float | None = Field(
        None, gt=0, description="angstrom to a sample of the files; what they say if not given"
    )
    window: Number | None = Field(
        None, ge=1, description="L, samples after binning; by the diameter if not given"
    )
    micrographs: Number | None = Field(
        None, ge=1, description="only the first so many; all if not given"
    )
    basis: str = Field("auto", description="basis of the space, e.g. 'paper' for a disc")
    ctf: OnDisk | None = Field(
        None,
        description="file:PATH of the transfer functions of the micrographs: a STAR file, or files"
        " of CTFFIND; none if not given",
    )
    spacing: str = Field(DEFAULT_SPACING.value, description=" or ".join(Spacing))
    preparation: Options | Literal["none"] = Field(
        default_factory=dict,
        description="how the micrographs are prepared where that is not left to them, by the names"
        " of `mtdbench.preparation.Settings`; none for clean ones",
    )
    marks: OnDisk | None = Field(
        None,
        description="file:PATTERN of the middles of particles that people marked: CSV with x and y,"
        " named as its micrograph is, or STAR",
    )
    reference: Annotated[str, Field(pattern=r"^(marks|file:.+)$")] | None = Field(
        None,
        description="what the mean of the particles looks like: marks, the mean of those marked, or"
        " file:PATH of an array of samples as large as the estimate's",
    )
    trials: Number = Field(1, ge=1, description="seeds of the estimators")
    estimators: tuple[str, ...] | None = Field(
        None, description="labels of the estimators that run here; all if not given"
    )
    options: dict[str, Options] = Field(
        default_factory=dict,
        description="label: {option: value}, in place of the estimator's own in this sweep only",
    )
    reduced: ReducedFiles = Field(
        default_factory=ReducedFiles, description="what differs at the reduced scale"
    )
