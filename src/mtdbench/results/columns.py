"""The columns of a study's tables, each declared once.

Order, types and headings of the table, what figures can draw along their axes, and the page
`docs/columns.md` follow from these declarations. A new column is one declaration here and one value
in `mtdbench.evaluate.rows` or `mtdbench.evaluate.score`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mtdbench.study.fingerprint import fingerprint

Dtype = Literal["int64", "float64", "str"]
INT: Dtype = "int64"
FLOAT: Dtype = "float64"
TEXT: Dtype = "str"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
    dtype : str
        What it holds, whatever the rows are: `"int64"`, `"float64"` with NaN for what is not there,
        or `"str"` with the empty string for it.
    doc : str
        What it is, for the page of columns.
    unit : str
        Empty for what has none.
    heading : str
        What heads it in the report's table of runs; empty where it is shown on demand only.
    axis_label : str
        What names it along the axis of a figure; empty where no figure can be asked for it.
    measured : bool
        Whether it may differ when a study is repeated; all others are the same to the last bit.
    required : bool
        Whether a table without it cannot be drawn.
    revision : int
        To be raised when its values change their meaning: finished scores are then made anew.
    """

    name: str
    dtype: Dtype
    doc: str
    unit: str = ""
    heading: str = ""
    axis_label: str = ""
    measured: bool = False
    required: bool = False
    revision: int = 1

    @property
    def headline(self) -> str:
        """Heading and unit, as in `wall (s)`."""
        return f"{self.heading} ({self.unit})" if self.unit else self.heading


TABLE: tuple[Column, ...] = (
    Column("study", TEXT, "name of the study", required=True),
    Column("cell", TEXT, "name of the cell: one point of a sweep", required=True),
    Column("space", TEXT, "space of the object", heading="space", required=True),
    Column("ndim", INT, "axes of the object", required=True),
    Column("window", INT, "L, samples along an axis of the window of one copy", heading="L",
           required=True),
    Column("size", INT, "N, samples along an axis of the measurement; of one from files along the"
           " longest, 0 where it could not be read", heading="N",
           required=True),
    Column("snr", FLOAT, "signal-to-noise ratio: mean of ||P_g x||^2 / (L^d sigma^2) over the"
           " copies; NaN of measurements from files", heading="SNR", required=True),
    Column("density", FLOAT, "share of the samples that copies cover, as placed; NaN of"
           " measurements from files", heading="density", required=True),
    Column("spacing", TEXT, "well-separated or arbitrary"),
    Column("trial", INT, "number of the data set in its cell", heading="trial", required=True),
    Column("seed", INT, "seed of the estimator", required=True),
    Column("estimator", TEXT, "the study's label of the estimator, with the values of swept"
           " options", heading="estimator", required=True),
    Column("options", TEXT, "options that the study gives, as JSON", required=True),
    Column("status", TEXT, "what became of the run: ok, converged, budget, timeout, memory,"
           " crashed, diverged or lost", heading="status", required=True),
    Column("reason", TEXT, "why, where it is neither ok nor converged", required=True),
    Column("error", FLOAT, "relative error of the aligned estimate over the samples,"
           " ||render(x) - render(truth)|| / ||render(truth)||", heading="error",
           axis_label="relative error", required=True),
    Column("error_coefficients", FLOAT, "the same over the coefficients,"
           " ||x - truth|| / ||truth||"),
    Column("fsc_resolution", FLOAT, "of volumes: where the Fourier shell correlation with the truth"
           " falls below 0.5", unit="samples", heading="FSC 0.5"),
    Column("efficiency", FLOAT, "bound / error, of runs on whole measurements",
           axis_label="efficiency, bound / error"),
    Column("iterations", INT, "iterations before the last estimate", heading="iterations"),
    Column("wall_seconds", FLOAT, "wall-clock time of the estimator, set-up not counted",
           unit="s", heading="wall", measured=True, required=True),
    Column("cpu_seconds", FLOAT, "processor time of the estimator, set-up not counted",
           unit="s", heading="CPU", axis_label="CPU time (s)", measured=True, required=True),
    Column("setup_seconds", FLOAT, "wall-clock time of set-up: imports, loading, compilation",
           unit="s", measured=True),
    Column("peak_rss_mib", FLOAT, "largest resident memory of the run's processes", unit="MiB",
           heading="peak", measured=True),
    Column("threads", INT, "threads of the run, of all its ranks together"),
    Column("device", TEXT, "what the run computed on, as JAX calls it", measured=True),
    Column("host", TEXT, "name of the machine", measured=True),
    Column("version", TEXT, "version of mtdbench", measured=True),
    Column("commit", TEXT, "commit of its source", measured=True),
    Column("sweep", TEXT, "name of the sweep", heading="sweep", required=True),
    Column("method", TEXT, "registered name of the estimator"),
    Column("target", TEXT, "target that the study asks for"),
    Column("basis", TEXT, "basis of the space"),
    Column("sigma", FLOAT, "standard deviation of the noise"),
    Column("density_requested", FLOAT, "density that the study asks for; NaN for saturation"),
    Column("density_estimated", FLOAT, "density as estimated"),
    Column("density_error", FLOAT, "standard error of that density, where the method gives one;"
           " of density 0 the largest that is likely"),
    Column("evidence", FLOAT, "by how much copies are likelier than noise alone, where the method"
           " is asked; it says density 0 where that is too little", unit="nats"),
    Column("sigma_estimated", FLOAT, "standard deviation of the noise as estimated"),
    Column("objective", FLOAT, "what the method maximises or minimises; of EM the log-likelihood"
           " per patch"),
    Column("note", TEXT, "what the method says of its last estimate"),
    Column("half", INT, "0 for a run on the whole measurement, 1 or 2 for one on a half"),
    Column("bound", FLOAT, "Cramér-Rao bound of the root mean square relative error, for one who"
           " sees patches on one grid; of well-separated copies, with patches enough"),
    Column("bound_uncertainty", FLOAT, "standard error of that bound"),
    Column("bound_known", FLOAT, "the same bound for one who knows places and poses"),
    Column("pick_f1", FLOAT, "with `picking: true`: F1 score of the empty patches, with the"
           " estimate"),
    Column("pick_positions", FLOAT, "share of the other patches whose copy is placed within one"
           " sample, with the estimate"),
    Column("pick_recall", FLOAT, "share of the copies that are found, with the estimate"),
    Column("pick_precision", FLOAT, "share of the picked copies that are real, with the estimate;"
           " NaN where none is picked"),
    Column("pick_f1_truth", FLOAT, "`pick_f1` with the true object"),
    Column("pick_positions_truth", FLOAT, "`pick_positions` with the true object"),
    Column("pick_recall_truth", FLOAT, "`pick_recall` with the true object"),
    Column("pick_precision_truth", FLOAT, "`pick_precision` with the true object"),
    Column("pick_f1_trivial", FLOAT, "`pick_f1` of the rule that calls every patch empty"),
    Column("pick_positions_trivial", FLOAT, "`pick_positions` of the rule that takes every patch"
           " for a whole copy"),
    Column("target_used", TEXT, "target that was used, of several that the study names"),
    Column("pairs_deviation", FLOAT, "largest deviation of the estimated xi from the true one, over"
           " all displacements at which a window sees two copies; NaN where the method does not"
           " estimate xi", axis_label=r"largest deviation of $\xi$"),
    Column("correlation", FLOAT, "of measurements from files: correlation of the estimate with the"
           " reference, both averaged over rotations, over the disc of a particle",
           heading="correlation"),
    Column("half_set_resolution", FLOAT, "of measurements from files, runs on all of them: where"
           " the Fourier correlation of the estimates from their halves falls below 0.5",
           unit="samples", heading="half-set FSC 0.5"),
    Column("heldout_loglik", FLOAT, "of measurements from files, runs on a half: log-likelihood per"
           " patch of the other half", heading="held-out log-likelihood"),
    Column("mark_f1", FLOAT, "of measurements from files: F1 score of picked particles against the"
           " marks, within half a radius; of runs on a half, in the other half", heading="F1"),
    Column("mark_precision", FLOAT, "share of these picks that are at a mark"),
    Column("mark_recall", FLOAT, "share of the marks that these picks find"),
    Column("pixel_size", FLOAT, "of measurements from files: one sample of the estimate",
           unit="angstrom"),
    Column("gradient", FLOAT, "fault: change of the background from one side of a micrograph to the"
           " other", unit="sigma"),
    Column("colour", FLOAT, "fault: correlation of the noise of two neighbouring samples"),
    Column("fractions", FLOAT, "fault: width of the fractions by which copies lie beside samples",
           unit="samples"),
    Column("amplitudes", FLOAT, "fault: relative standard deviation of the copies' amplitudes"),
    Column("sigma_factor", FLOAT, "fault: sigma that estimators are told / sigma"),
    Column("defocus", FLOAT, "fault: mean defocus of micrographs behind transfer functions; 0 for"
           " none", unit="angstrom"),
    Column("remedies", TEXT, "what was done to the measurement before estimators were given it"),
)  # fmt: skip
"""One row for each planned run, `table.parquet` and `table.csv`."""

_BY_NAME = {column.name: column for column in TABLE}

HISTORY: tuple[Column, ...] = (
    *map(_BY_NAME.__getitem__, ("study", "cell", "sweep", "space", "size", "snr", "trial")),
    _BY_NAME["estimator"],
    Column("iteration", INT, "iterations before this snapshot"),
    *map(_BY_NAME.__getitem__, ("wall_seconds", "cpu_seconds", "objective")),
    *map(_BY_NAME.__getitem__, ("error", "error_coefficients")),
)
"""One row for each snapshot of a run, `history.parquet`."""

DERIVED: tuple[Column, ...] = (
    Column("density_deviation", FLOAT, "relative error of the estimated density",
           axis_label=r"relative error of $\gamma$"),
)  # fmt: skip
"""What figures work out from the table."""


def columns_version(columns: Iterable[Column] = (*TABLE, *HISTORY)) -> str:
    """Changes when rows that were made before have to be made anew: with the names, the order, the
    types and the meaning of the columns, but not with their words.
    """
    return fingerprint([(c.name, c.dtype, c.revision) for c in columns])


def drawable() -> dict[str, str]:
    """The axis label of every column that a named figure can have as its `y`."""
    return {c.name: c.axis_label for c in (*TABLE, *DERIVED) if c.axis_label}


def headings() -> dict[str, str]:
    """What heads each column of the report's table of runs, in its order."""
    shown = {column.name: column.headline for column in TABLE if column.heading}
    return {name: shown[name] for name in dict.fromkeys(("estimator", "sweep", *shown))}


JUDGED = ("correlation", "half_set_resolution", "heldout_loglik", "mark_f1")
"""Scores of measurements from files, of which nobody knows the truth."""
