"""The tests that every estimator has to pass, built-in or not."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from mtdbench.errors import InputError
from mtdbench.estimators import registry
from mtdbench.run.guard import Limits, guard
from mtdbench.run.job import Job, Record
from mtdbench.simulation import Recipe, write_dataset

SETTINGS = {
    "1-D": Recipe(space="line", window=8, size=4000, snr=4.0, density=0.2, seed=1),
    "2-D": Recipe(space="disc", window=5, size=120, snr=4.0, density=0.05, seed=1),
}
LIMITS = Limits(seconds=120, setup_seconds=120, memory_mib=4096)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    passed: bool
    what: str


def examine(name: str) -> list[Finding]:
    """Run an estimator on small data as a study does, and say whether it keeps the contract.

    It has to yield estimates of the right shape, without NaN, to leave the measurement alone, and
    to give the same when it is run again with the same seed. It need not be accurate. One that
    raises `InputError` for a space declines it, which is allowed for all spaces but one.

    Raises
    ------
    InputError
        If no such estimator is registered.
    """
    registry.require(name)
    findings: list[Finding] = []
    accepted = 0
    for setting, recipe in SETTINGS.items():
        with tempfile.TemporaryDirectory() as folder:
            records, unchanged, log = _run(name, recipe, Path(folder))
        if all(_declines(record) for record in records):
            findings.append(Finding(True, f"{setting}: declined ({records[0].reason})"))
            continue
        accepted += 1
        findings += _judge(setting, records, unchanged, log)
    if not accepted:
        findings.append(Finding(False, "accepts none of the spaces"))
    return findings


def _run(name: str, recipe: Recipe, folder: Path) -> tuple[list[Record], bool, str]:
    """Two runs in one process and one in another, on the same data with the same seed."""
    sigma = write_dataset(recipe, folder)["sigma"]
    path = folder / "measurement.npy"
    before = path.read_bytes()
    job = Job(
        measurement=str(path),
        space=recipe.space,
        window=recipe.window,
        basis=recipe.basis,
        spacing=recipe.spacing,
        sigma=sigma,
        method=name,
        options={},
        seed=7,
        placement=str(folder / "placement.npz"),
        truth=str(folder / "truth.npz"),
    )
    log = folder / "log"
    records = guard([job, job], LIMITS, 1, log)
    records += guard([job], LIMITS, 1, folder / "log of the repetition")
    return records, path.read_bytes() == before, log.read_text(errors="replace")


def _judge(setting: str, records: list[Record], unchanged: bool, log: str) -> list[Finding]:
    first = records[0]
    if first.status not in ("ok", "converged", "budget"):
        tail = "".join(f"\n        {line}" for line in log.splitlines()[-12:])
        return [Finding(False, f"{setting}: ended as {first.status}: {first.reason}{tail}")]
    answers = {record.snapshots[-1].x if record.snapshots else "" for record in records}
    return [
        Finding(True, f"{setting}: ended as {first.status}, {first.iterations} iterations"),
        Finding(True, f"{setting}: estimates have the right shape and are finite"),
        Finding(unchanged, f"{setting}: leaves the measurement alone"),
        Finding(len(answers) == 1, f"{setting}: gives the same again with the same seed"),
    ]


def _declines(record: Record) -> bool:
    return record.status == "crashed" and record.reason.startswith(f"{InputError.__name__}:")
