"""What one run is asked to do, and what became of it."""

import base64
import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from mtdbench.run.status import Status


@dataclass(frozen=True, slots=True)
class Job:
    """One run: an estimator with its options and seed on one measurement.

    Attributes
    ----------
    measurement : str
        Path of the `.npy` or `.mrc` file.
    space, window, basis, spacing, sigma
        As in `Measurement`.
    method : str
        Registered name of the estimator.
    options : dict
        Option values.
    seed : int
        Seed of the estimator's generator.
    half : int
        0 for all of the measurement, 1 or 2 for a half of it.
    placement, truth : str or None
        Paths of what only an estimator is told that asks for it, see
        `mtdbench.estimators.declaration.privileged_inputs`.
    budget_seconds : float or None
        Time on the clock after which no better estimate is asked for.
    ranks : int
        Processes of MPI that share the work, where a study runs it.
    """

    measurement: str
    space: str
    window: int
    basis: str
    spacing: str
    sigma: float | None
    method: str
    options: dict[str, Any]
    seed: int
    half: int = 0
    placement: str | None = None
    truth: str | None = None
    budget_seconds: float | None = None
    ranks: int = 1

    def facts(self) -> dict[str, Any]:
        """The job as a dictionary that JSON can hold."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An estimate and the time on the clock at which it was there; x as text of its bytes.

    `density`, `density_error`, `evidence`, `objective` and `sigma` are NaN where the method does
    not have them; `pairs` is the estimated xi as text of its bytes, empty where it has none.
    """

    wall_seconds: float
    cpu_seconds: float
    iteration: int
    x: str
    density: float = math.nan
    objective: float = math.nan
    sigma: float = math.nan
    note: str = ""
    pairs: str = ""
    density_error: float = math.nan
    evidence: float = math.nan

    @property
    def found(self) -> bool | None:
        """Whether there is anything; None where it was not held against noise alone."""
        return None if math.isnan(self.evidence) else self.density != 0

    def coefficients(self) -> np.ndarray:
        """The coefficients, float64, shape (n,)."""
        return decode(self.x)


@dataclass(frozen=True, slots=True)
class Conduct:
    """What a run did beside its estimates, as far as it was seen.

    Attributes
    ----------
    isolation : str
        What kept its process from the truth: `landlock N` with the version of that interface, or
        `descriptors` where the kernel has none and only the names were kept from it.
    told : list of str
        What it asked for and was told, of `placement` and `truth`: it is a reference then.
    looked_for : list of str
        Names of files of a data set that it tried to open by itself.
    printed_bytes : int
        What it printed, kept in the log or not.
    files, file_bytes : int
        What it left in its working directory.
    left_processes : int
        Descendants that were still alive at its end; they were killed.
    strange_events : int
        Lines in the channel of its events that were none.
    hidden_wall_seconds, hidden_cpu_seconds : float
        What it took beyond the time that it answered for, where that is more than the ways of a
        measurement explain; it is part of the record's times.
    """

    isolation: str = ""
    told: list[str] = field(default_factory=list)
    looked_for: list[str] = field(default_factory=list)
    printed_bytes: int = 0
    files: int = 0
    file_bytes: int = 0
    left_processes: int = 0
    strange_events: int = 0
    hidden_wall_seconds: float = 0.0
    hidden_cpu_seconds: float = 0.0


@dataclass(slots=True)
class Record:
    """What became of one run. Times in seconds, memory in MiB."""

    status: Status
    reason: str = ""
    wall_seconds: float = math.nan
    cpu_seconds: float = math.nan
    setup_seconds: float = math.nan
    peak_rss_mib: float = math.nan
    device: str = ""
    snapshots: list[Snapshot] = field(default_factory=list)
    conduct: Conduct = field(default_factory=Conduct)

    @property
    def iterations(self) -> int:
        """Iterations that the last snapshot had behind it."""
        return self.snapshots[-1].iteration if self.snapshots else 0

    @property
    def answer(self) -> Snapshot | None:
        """The last snapshot, by which the run is judged; None where there is none, and where the
        run ended in NaN or infinities.
        """
        judged = self.snapshots and self.status is not Status.DIVERGED
        return self.snapshots[-1] if judged else None


def encode(x: np.ndarray) -> str:
    """The bytes of a float64 array as text: exact, and quicker than decimal digits."""
    return base64.b64encode(np.ascontiguousarray(x, dtype="<f8").tobytes()).decode()


def decode(text: str) -> np.ndarray:
    """The array behind `encode`'s text."""
    return np.frombuffer(base64.b64decode(text), dtype="<f8").copy()
