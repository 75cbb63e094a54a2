"""What an estimator does with a small data set, run as a study runs it, several times."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mtdbench.errors import InputError
from mtdbench.plugins.check_data import CheckData
from mtdbench.run.guard import RunLimits, guard
from mtdbench.run.job import Job, Record
from mtdbench.run.status import Status
from mtdbench.simulation import Recipe

SETUP_SECONDS = 120.0
MEMORY_MIB = 4096.0
BUDGET_SHARE = 8
"""A method without an end is asked no more after this part of the time that a run may take."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Runs on the same data with the same seed, and what else was seen.

    Attributes
    ----------
    first : Record
        The first run, in a process of its own.
    repeated : list of Record
        Two runs in a second process, with the files of another truth in place of the first ones.
    control : Record or None
        A run as the first one, where an answer differed.
    log_tail : str
        The last lines that the first run printed.
    import_seconds : float
        What the import of the estimator takes.
    is_told : bool
        Whether it asks to be told the truth, or the placement: nothing is exchanged then.
    is_unchanged : bool
        Whether the measurement is what it was.
    is_opened : bool
        Whether the truth was read by runs that are told nothing.
    """

    first: Record
    repeated: list[Record] = field(default_factory=list)
    control: Record | None = None
    log_tail: str = ""
    import_seconds: float = 0.0
    is_told: bool = False
    is_unchanged: bool = True
    is_opened: bool = False

    @property
    def records(self) -> list[Record]:
        """All runs."""
        return [self.first, *self.repeated, *([self.control] if self.control else [])]

    @property
    def declined(self) -> bool:
        """Whether the estimator is not made for such data, by its own word."""
        named = self.first.reason.startswith(f"{InputError.__name__}:")
        return self.first.status is Status.CRASHED and named


def differ(one: Record, other: Record) -> bool:
    """Whether two runs gave different estimates.

    Two that came to an end have the same last one. Where one was stopped by its budget, the other
    may have come further, and which snapshots are kept depends on the time: the first one is the
    same, and of several later ones with the same number some are. They need not all be, since a
    method that begins anew may count anew.
    """
    if one.status.failed or other.status.failed:
        return one.status is not other.status
    if Status.BUDGET not in (one.status, other.status):
        return _mark(one, -1) != _mark(other, -1)
    later = {snapshot.iteration: snapshot.x for snapshot in other.snapshots[1:]}
    shared = [s.x == later[s.iteration] for s in one.snapshots[1:] if s.iteration in later]
    return _mark(one, 0) != _mark(other, 0) or (len(shared) > 1 and not any(shared))


def _mark(record: Record, place: int) -> tuple[int, str]:
    """Number and bytes of one of the estimates of a run that ended."""
    return record.snapshots[place].iteration, record.snapshots[place].x


@dataclass(frozen=True, slots=True)
class Face:
    """What is known of an estimator before it is run: its name, whether it asks to be told the
    truth or the placement, and the seconds that its import takes.
    """

    name: str
    is_told: bool = False
    import_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Check:
    """An estimator on a data set, with the limits of its runs."""

    data: CheckData
    job: Job
    limits: RunLimits
    face: Face

    def first(self) -> Observation:
        """The first run."""
        before = self.data.measurement
        self.data.watch()
        (record,) = self._guard(1)
        log = (self.data.folder / "log").read_text(errors="replace").splitlines()[-12:]
        return Observation(
            record,
            log_tail="\n".join(log),
            import_seconds=self.face.import_seconds,
            is_told=self.face.is_told,
            is_unchanged=before == self.data.measurement,
            is_opened=self.data.is_opened() and not self.face.is_told,
        )

    def repeat(self, seen: Observation) -> Observation:
        """Two more runs in another process, which find another truth; and one that finds the first
        truth again where they give something else.
        """
        if not self.face.is_told:
            self.data.exchange()
            self.data.watch()
        before, repeated = self.data.measurement, self._guard(2)
        opened = not self.face.is_told and (seen.is_opened or self.data.is_opened())
        if not self.face.is_told:
            self.data.exchange()
        other = any(differ(seen.first, record) for record in repeated)
        return replace(
            seen,
            repeated=repeated,
            control=self._guard(1)[0] if other else None,
            is_unchanged=seen.is_unchanged and before == self.data.measurement,
            is_opened=opened,
        )

    def _guard(self, count: int) -> list[Record]:
        return guard([self.job] * count, self.limits, 1, self.data.folder / "log")


def make_check(
    face: Face, recipe: Recipe, data: CheckData, options: Mapping[str, Any], seconds: float
) -> Check:
    """The check of an estimator on the data set of a recipe, of runs that take so many seconds at
    most.
    """
    job = Job(
        measurement=str(data.dataset / "measurement.npy"),
        space=recipe.space,
        window=recipe.window,
        basis=recipe.basis,
        spacing=recipe.spacing,
        sigma=data.sigma,
        method=face.name,
        options=dict(options),
        seed=7,
        placement=str(data.dataset / "placement.npz"),
        truth=str(data.dataset / "truth.npz"),
        budget_seconds=seconds / BUDGET_SHARE,
    )
    limits = RunLimits(seconds, max(seconds, SETUP_SECONDS), MEMORY_MIB)
    return Check(data, job, limits, face)
