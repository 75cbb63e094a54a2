"""Chooses runs of a study that are to be made again."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from mtdbench.errors import InputError, unknown
from mtdbench.run.forget import forget_runs, recorded_statuses
from mtdbench.run.status import Status
from mtdbench.study.cells import Batch
from mtdbench.study.plan import Plan


@dataclass(frozen=True)
class Choice:
    """Which runs are meant; what is empty leaves all.

    Attributes
    ----------
    statuses, estimators, sweeps : collection of str
        Estimators by label, without or with the values of swept options, or by registered name.
    """

    statuses: Collection[str] = ()
    estimators: Collection[str] = ()
    sweeps: Collection[str] = ()

    def check(self, plan: Plan) -> None:
        """Refuse what the study does not have.

        Raises
        ------
        InputError
            If nothing is chosen, or a status, an estimator or a sweep does not exist.
        """
        if not (self.statuses or self.estimators or self.sweeps):
            raise InputError("no runs chosen: expected --status, --estimator or --sweep")
        named = {name for batch in plan.batches for name in estimator_names(batch)}
        sweeps = {cell.sweep for cell in plan.cells}
        for kind, given, known in (
            ("status", self.statuses, {status.value for status in Status}),
            (f"estimator of study '{plan.study.name}'", self.estimators, named),
            (f"sweep of study '{plan.study.name}'", self.sweeps, sweeps),
        ):
            for name in given:
                if name not in known:
                    raise unknown(kind, name, known)

    def takes(self, batch: Batch) -> bool:
        """Whether runs of a batch are meant."""
        of_estimator = not self.estimators or not estimator_names(batch).isdisjoint(self.estimators)
        return of_estimator and (not self.sweeps or batch.block.cell.sweep in self.sweeps)


def redo(plan: Plan, folder: Path, choice: Choice) -> tuple[int, int]:
    """Take the chosen runs out of the record: the next run of the study makes them again.

    Returns
    -------
    int, int
        How many runs, in how many batches.

    Raises
    ------
    InputError
        As `Choice.check`.
    """
    choice.check(plan)
    runs = batches = 0
    for batch in filter(choice.takes, plan.batches):
        found = recorded_statuses(batch, folder)
        trials = {t for t, s in found.items() if not choice.statuses or s in choice.statuses}
        if trials:
            forget_runs(batch, folder, trials)
            runs, batches = runs + len(trials), batches + 1
    return runs, batches


def estimator_names(batch: Batch) -> set[str]:
    """What a batch's estimator may be called: its label, that without option values, its method."""
    label = batch.run.label
    return {label, label.partition(" ")[0], batch.run.method}
