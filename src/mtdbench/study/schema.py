"""The study file, typed: what a study varies, which estimators it compares, within which limits."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationError

from mtdbench.errors import InputError
from mtdbench.model.instrument import PARTS
from mtdbench.model.spacing import DEFAULT_SPACING, Spacing
from mtdbench.spaces.catalogue import SPACES
from mtdbench.study.file_sweep import FileSweep
from mtdbench.study.keys import (
    LABEL,
    Densities,
    FaultAxes,
    FileName,
    Integers,
    Number,
    Numbers,
    Options,
    Remedy,
    Strict,
)
from mtdbench.validation import explain
from mtdbench.yaml_text import yaml_content


class Limits(Strict):
    """What one run may take; enforced from outside the run's process."""

    seconds: float = Field(
        600, gt=0, description="wall-clock seconds of the estimator, set-up not counted"
    )
    setup_seconds: float = Field(
        300, gt=0, description="wall-clock seconds of set-up: imports, loading, compilation"
    )
    memory_mib: float = Field(4096, gt=0, description="resident memory of the run's processes, MiB")
    budget_seconds: float | None = Field(
        None, gt=0, description="soft budget: after it no better estimate is asked for"
    )


class Reduced(Strict):
    """What a sweep has at the reduced scale in place of its own; what is not named stays."""

    skip: bool = Field(False, description="whether the sweep is left out")
    window: Integers | None = Field(None, description="L")
    size: Integers | None = Field(None, description="N")
    micrographs: Number | None = Field(None, ge=1, description="M")
    snr: Numbers | None = Field(None, description="signal-to-noise ratios")
    density: Densities | None = Field(None, description="densities")
    full_size: Number | None = Field(None, description="F")
    trials: Number | None = Field(None, ge=1, description="independent data sets per cell")
    estimators: tuple[str, ...] | None = Field(None, description="labels of those that run here")
    options: dict[str, Options] | None = Field(
        None, description="label: {option: value}, as the sweep's"
    )


class Sweep(Strict):
    """A block of cells: the grid over every list in window, size, snr and density."""

    name: FileName = Field(description="first part of the cells' names")
    space: str = Field(description=" or ".join(SPACES))
    window: Integers = Field(description="L, samples along an axis of the window of one copy")
    size: Integers = Field(description="N, samples along an axis of the measurement")
    micrographs: Number = Field(
        1, ge=1, description="M, independent measurements of N^d samples in a data set"
    )
    snr: Numbers = Field(description="mean over copies of |P_g x|^2 / (L^d sigma^2)")
    density: Densities = Field(
        description="share of the samples that copies cover, in [0, 1], or 'saturation'"
    )
    basis: str = Field("auto", description="basis of the space, e.g. 'paper' for a disc")
    target: str = Field(
        "random",
        description="random, a named signal, picture:NAME, volume:NAME, emdb:NUMBER, pdb:NUMBER or"
        " file:PATH; or several with ' or ' between them, of which the first to be had is used",
    )
    method: str = Field(
        "expanded",
        description="expanded, or full: volumes projected at full size, micrographs downsampled",
    )
    full_size: Number | None = Field(
        None, description="F, side of the volume that is projected; the target's own if not given"
    )
    instrument: Options = Field(
        default_factory=dict,
        description=f"what the instrument does, by its parts ({', '.join(PARTS)}); nothing if not"
        " given",
    )
    faults: FaultAxes = Field(
        default_factory=dict,
        description="what is in the measurement and estimators are not told, each fault with one"
        " value or several, of which each is a cell",
    )
    remedies: tuple[Remedy, ...] = Field(
        (),
        description="what is done to the measurement before estimators are given it, or what"
        " they are told of its instrument",
    )
    spacing: str = Field(DEFAULT_SPACING.value, description=" or ".join(Spacing))
    mrc: bool = Field(False, description="whether images are written as measurement.mrc too")
    sigma_known: bool = Field(
        True, description="whether estimators are told the standard deviation of the noise"
    )
    trials: Number = Field(3, ge=1, description="independent data sets per cell")
    picking: bool = Field(
        False, description="whether copies are picked by the posterior with each estimate"
    )
    bound: bool = Field(
        True, description="whether Cramér-Rao bounds are computed: a minute or two for volumes"
    )
    estimators: tuple[str, ...] | None = Field(
        None, description="labels of the estimators that run here; all if not given"
    )
    options: dict[str, Options] = Field(
        default_factory=dict,
        description="label: {option: value}, in place of the estimator's own in this sweep only",
    )
    reduced: Reduced = Field(
        default_factory=Reduced, description="what differs at the reduced scale"
    )


def _kind_of_sweep(value: Any) -> str:
    """The name of the class of a sweep: one with a measurement has it in files."""
    if isinstance(value, Sweep | FileSweep):
        return type(value).__name__
    in_files = isinstance(value, dict) and "measurement" in value
    return (FileSweep if in_files else Sweep).__name__


AnySweep = Annotated[
    Annotated[Sweep, Tag(Sweep.__name__)] | Annotated[FileSweep, Tag(FileSweep.__name__)],
    Discriminator(_kind_of_sweep),
]


class Method(Strict):
    """An estimator with its options; lists among the options expand to a grid."""

    name: str = Field(description="name under which the estimator is registered")
    label: Annotated[str, Field(pattern=LABEL, max_length=100)] | None = Field(
        None, description="its name in tables and figures; the registered name if not given"
    )
    options: Options = Field(
        default_factory=dict, description="option: value, or option: [values] for a grid"
    )
    halves: bool = Field(
        False, description="whether it runs on each half of the measurement too: half-set FSC"
    )


class Slope(Strict):
    """A straight line that is fitted to one estimator's runs on logarithmic axes."""

    estimator: str = Field(description="its label, as the figure has it")
    low: float = Field(0, ge=0, description="fitted from this value of x on")
    high: float | None = Field(None, gt=0, description="and up to this one")


FigureKind = Literal[
    "curves", "picking", "progress", "estimates", "surfaces", "fsc", "half-set", "pairs",
    "projections", "densities",
]  # fmt: skip
"""The kinds of figures, in the order of a report; each is a file in `mtdbench.figures.kinds`."""

Value = Literal["error", "cpu_seconds", "density_deviation", "pairs_deviation", "efficiency"]


class Drawing(Strict):
    """A figure that is named, such as one of a paper, beside those that every sweep has."""

    name: FileName = Field(description="its file name")
    title: str = Field(description="what it shows")
    kind: FigureKind = Field(
        "curves",
        description="curves over x, or what shows time, estimates, picking, xi, the data",
    )
    sweeps: tuple[str, ...] = Field(min_length=1, description="the sweeps that it shows")
    only: dict[Literal["window", "size", "snr"], tuple[float, ...]] = Field(
        default_factory=dict, description="values of axes: only cells that have one of these"
    )
    x: str = Field(
        "snr", description="of curves: snr, samples, copies, window, density, a fault or option"
    )
    y: Value = Field("error", description="of curves: a column, or the density's relative error")
    together: bool = Field(False, description="whether the sweeps share panels: one grid in parts")
    estimators: tuple[str, ...] | None = Field(None, description="labels; all if not given")
    lost: float | None = Field(
        None, gt=0, description="a larger error means nothing was found; such runs are counted"
    )
    centre: Literal["geometric mean", "median", "root mean square"] = Field(
        "geometric mean",
        description="of the trials; a median where a method sometimes fails; root mean square to"
        " compare with bounds",
    )
    guides: tuple[float, ...] = Field((), description="slopes of the lines to compare with")
    fits: tuple[Slope, ...] = Field((), description="slopes to be fitted; the caption has them")
    published: dict[str, dict[float, float]] = Field(
        default_factory=dict, description="what the paper says: label: {x: y}"
    )
    caption: str = Field("", description="what the paper's figure is, and where this one departs")


class Study(Strict):
    """A whole study: what `config/*.yaml` holds."""

    name: FileName = Field(description="results go to results/NAME")
    seed: int = Field(1, ge=0, le=2**63 - 1, description="every random number derives from it")
    threads: Number = Field(1, ge=1, description="threads of one run, or of each of its ranks")
    ranks: Number = Field(1, ge=1, description="processes of MPI that share a run, where they can")
    batch: Number = Field(4, ge=1, description="trials that share a job and its process, at most")
    limits: Limits = Field(default_factory=Limits, description="what one run may take")
    sweeps: tuple[AnySweep, ...] = Field(
        min_length=1, description="the grids of cells, and measurements in files"
    )
    estimators: tuple[Method, ...] = Field(min_length=1, description="what is compared")
    figures: tuple[Drawing, ...] = Field(
        (), description="figures with names of their own, such as those of a paper"
    )

    @property
    def has_reduced(self) -> bool:
        """Whether any sweep says what it is at the reduced scale."""
        return any(sweep.reduced != type(sweep.reduced)() for sweep in self.sweeps)

    def reduced(self) -> "Study":
        """The study at its reduced scale, NAME-reduced: smaller grids, for a laptop.

        Raises
        ------
        InputError
            If no sweep says what it is at that scale.
        """
        if not self.has_reduced:
            raise InputError(f"study '{self.name}' has no reduced scale: expected scale 'full'")
        kept = [sweep for sweep in self.sweeps if not sweep.reduced.skip]
        left = {sweep.name for sweep in kept}
        figures = tuple(
            figure.model_copy(update={"sweeps": tuple(s for s in figure.sweeps if s in left)})
            for figure in self.figures
            if left.intersection(figure.sweeps)
        )
        changes = {"sweeps": tuple(map(_reduced, kept)), "figures": figures}
        return self.model_copy(update={"name": f"{self.name}{REDUCED}", **changes})


REDUCED = "-reduced"  # what the name of a study at that scale ends in


def _reduced(sweep: Sweep | FileSweep) -> Sweep | FileSweep:
    """The sweep with what it has at the reduced scale."""
    given = sweep.reduced.model_fields_set - {"skip"}
    changes = {name: getattr(sweep.reduced, name) for name in given}
    return sweep.model_copy(update={**changes, "reduced": type(sweep.reduced)()})


def parse_study(text: str, source: str = "study") -> Study:
    """The study that a YAML text describes.

    Raises
    ------
    InputError
        If the text is not YAML, misses a key, or has one twice, an unknown one or a value of
        another type.
    """
    content = yaml_content(text, source)
    if not isinstance(content, dict):
        raise InputError(f"{source} holds no study: expected keys such as {', '.join(REQUIRED)}")
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        raise explain(error, Study, source) from None


def load_study(path: Path) -> tuple[Study, str]:
    """The study in a YAML file, and the file's text.

    Raises
    ------
    InputError
        If there is no such file, or as `parse_study`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise InputError(f"cannot read study '{path}': {reason} (expected a YAML file)") from None
    return parse_study(text, f"study '{path}'"), text


def schema() -> dict[str, Any]:
    """The JSON schema of a study file, with documented defaults, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Study.model_json_schema()}


REQUIRED = ("name", "sweeps", "estimators")
