"""One run on a user's own measurement, in this process, with a progress bar and a log."""

import math
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from mtdbench import provenance
from mtdbench.commands.output_folder import writing_into
from mtdbench.commands.prepare_files import save_preparation
from mtdbench.commands.user_measurement import (
    UserFiles,
    UserMeasurement,
    inputs_of,
    read_user_measurement,
)
from mtdbench.errors import InputError
from mtdbench.estimators.options import all_options
from mtdbench.estimators.tested_estimator import load_tested
from mtdbench.files import write_array, write_json, write_mrc, write_rendered
from mtdbench.library.progress_bar import ProgressBar
from mtdbench.model.measurement import Estimate
from mtdbench.model.separations import displacements
from mtdbench.ranks.communicator import ONE_RANK, Ranks
from mtdbench.run.drive import Outcome, drive
from mtdbench.run.follow import shared_start
from mtdbench.run.job import Job, Snapshot, decode
from mtdbench.run.memory import peak_mib
from mtdbench.run.prepare import prepare
from mtdbench.run.status import Status
from mtdbench.run.stopwatch import Stopwatch
from mtdbench.spaces import Space, make_space

INTERRUPTED = "interrupted by the user"


def estimate_file(
    job: Job,
    out: Path,
    threads: int,
    log: TextIO,
    ranks: Ranks = ONE_RANK,
    files: UserFiles | None = None,
) -> Outcome:
    """Run an estimator on files and write what it found into the folder `out`. `files` are those of
    the measurement; None for the one that the job names.

    Files: `coefficients.npy`, `estimate.npy`, `estimate.png`, and `run.json`, which is written
    last, and alone where the run gave no estimate; for volumes also `estimate.mrc` and, while the
    run goes on, `snapshots/0001.mrc` and so on for every snapshot that a study would keep. An
    interrupt (Ctrl-C) ends the run, not the program: the last estimate is written. Of several
    ranks this is the first, and the others call `follow_file`.

    Raises
    ------
    InputError
        If the measurement, the estimator or its options are not valid; nothing is written then.
        If the estimate cannot be written.
    """
    clock = Stopwatch()
    with clock.preparing():
        user, start = ranks.agree(lambda: _prepared(job, files, ranks))
    space, pixel_size = user.measurement.space, user.pixel_size
    log.writelines(f"{line}\n" for line in user.lines())
    log.write(f"{job.method}: {user.words()}; window {space.window}, {space.size} unknowns\n")
    log.flush()
    keep_volume = _volumes(space, out / "snapshots", pixel_size)
    with ProgressBar(log, shown=log.isatty()) as bar, _interruptible(ranks) as stop:

        def report(snapshot: Snapshot, keep: bool) -> None:
            bar.show(snapshot)
            if keep:
                keep_volume(snapshot)

        try:
            shared = shared_start(start, ranks, stop)
            outcome = drive(shared, space.size, clock, report, job.budget_seconds)
        except KeyboardInterrupt:
            outcome = Outcome(Status.BUDGET, INTERRUPTED)
    if isinstance(outcome.error, InputError):
        raise outcome.error
    log.write(_summary(outcome, bar.last, clock) + "\n")
    facts = _facts(job, outcome, bar.last, clock, threads) | user.facts()
    with writing_into(out):
        if bar.last is not None:
            _write_estimate(space, bar.last.coefficients(), out, pixel_size)
        if user.prepared is not None and user.first is not None:
            save_preparation(user.first, user.prepared, out)
        write_json(out / "run.json", facts | {"ranks": ranks.size})
    return outcome


def follow_file(job: Job, ranks: Ranks, files: UserFiles | None = None) -> None:
    """Take part in the run that rank 0 leads; whatever goes wrong with it is raised."""
    _, start = ranks.agree(lambda: _prepared(job, files, ranks))
    with _interruptible(ranks):
        for _ in shared_start(start, ranks)():
            pass


def _prepared(
    job: Job, files: UserFiles | None, ranks: Ranks
) -> tuple[UserMeasurement, Callable[[], Iterator[Estimate]]]:
    """The measurement in the files, and a function that calls the estimator."""
    load_tested(job.method)  # a wrong name is said before anything is read
    space = make_space(job.space, job.window, job.basis)
    files = files or UserFiles((job.measurement,))
    user = read_user_measurement(files, space, job.sigma, job.spacing, ranks)
    inputs = inputs_of(job, user.measurement, ranks)
    return user, prepare(job, load_tested, inputs, ranks)[1]


def _write_estimate(space: Space, x: np.ndarray, out: Path, pixel_size: float | None) -> None:
    """The files of an estimate: its coefficients, its samples, its picture."""
    from mtdbench.library.plotting import plot, save_png

    write_array(out / "coefficients.npy", x)
    write_rendered(out / "estimate.npy", space.render(x), pixel_size)
    save_png(plot(space, x), out / "estimate.png")


def _volumes(space: Space, folder: Path, pixel_size: float | None) -> Callable[[Snapshot], None]:
    """What keeps the volume of a snapshot, for whoever watches it grow; nothing in 1-D and 2-D."""
    kept: list[Path] = []

    def keep(snapshot: Snapshot) -> None:
        if not kept:
            for old in folder.glob("*.mrc"):  # of a run before this one
                if old.stem.isdigit():
                    old.unlink()
        kept.append(folder / f"{len(kept) + 1:04d}.mrc")
        write_mrc(kept[-1], space.render(snapshot.coefficients()), pixel_size)

    return keep if space.kind == "volume" else lambda snapshot: None


@contextmanager
def _interruptible(ranks: Ranks) -> Iterator[Callable[[], bool]]:
    """SIGTERM ends the run as Ctrl-C does. Of several ranks none is torn out of what all do
    together: the first remembers the signal and stops the run after the next estimate.
    """
    asked: list[int] = []

    def interrupt(number: int, _: object) -> None:
        asked.append(number)
        if ranks.size == 1 or (ranks.rank == 0 and len(asked) > 1):
            raise KeyboardInterrupt

    numbers = [signal.SIGTERM, *([signal.SIGINT, signal.SIGUSR1] if ranks.size > 1 else [])]
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _summary(outcome: Outcome, last: Snapshot | None, clock: Stopwatch) -> str:
    parts = [outcome.status + (f" ({outcome.reason})" if outcome.reason else "")]
    if last is not None:
        parts.append(f"{last.iteration} iterations")
        if not math.isnan(last.objective):
            parts.append(f"objective {last.objective:.8g}")
        if not math.isnan(last.density):
            known = not math.isnan(last.density_error)
            error = f" +- {last.density_error:.2g}" if known else ""
            parts.append(f"density {last.density:.4g}{error}")
        if last.note:
            parts.append(last.note)
    parts.append(f"{clock.wall:.2f} s, set-up {clock.setup:.2f} s")
    return "\n  ".join(parts)


def _separations(job: Job, last: Snapshot | None) -> dict[str, Any] | None:
    """xi at each displacement, where the method estimates it."""
    if last is None or not last.pairs:
        return None
    steps = displacements(make_space(job.space, job.window, job.basis).window)
    return {"displacements": steps.tolist(), "xi": decode(last.pairs).tolist()}


def _facts(
    job: Job, outcome: Outcome, last: Snapshot | None, clock: Stopwatch, threads: int
) -> dict[str, Any]:
    """The content of `run.json`; times in seconds."""
    given = all_options(job.method, load_tested(job.method), job.options)
    return {
        "status": outcome.status,
        "reason": outcome.reason,
        "estimator": job.method,
        "options": given,
        "measurement": job.measurement,
        "space": job.space,
        "window": job.window,
        "basis": job.basis,
        "spacing": job.spacing,
        "sigma": job.sigma,
        "seed": job.seed,
        "seconds": clock.wall,
        "cpu_seconds": clock.cpu,
        "setup_seconds": clock.setup,
        "peak_rss_mib": peak_mib(),
        "threads": threads,
        "iterations": last.iteration if last else 0,
        "objective": last.objective if last else None,
        "density": last.density if last else None,
        "density_error": last.density_error if last else None,
        "evidence": last.evidence if last else None,
        "found": last.found if last else None,
        "sigma_estimated": last.sigma if last else None,
        "separations": _separations(job, last),
        "note": last.note if last else "",
        "versions": provenance.versions(),
        "commit": provenance.commit(),
        **provenance.machine(),
    }
