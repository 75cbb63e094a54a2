"""What stands of a study's files is decided by what they say, whatever else they were through."""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mtdbench.commands.chosen_runs import Choice, redo
from mtdbench.commands.standing import fallen_files, forget_future
from mtdbench.errors import InputError
from mtdbench.evaluate.score import score_cell
from mtdbench.evaluate.scores_file import scores_file
from mtdbench.evaluate.table import write_table
from mtdbench.files import set_aside, write_json
from mtdbench.results.columns import TABLE
from mtdbench.results.later_stamps import FIGURES_STAMP, figures_stamp, report_stamp
from mtdbench.run.batch import run_batch
from mtdbench.run.batch_file import batch_file
from mtdbench.run.job import Job, Record, Snapshot, encode
from mtdbench.run.status import Status
from mtdbench.study import Plan, make_plan, parse_study
from mtdbench.study.block_simulation import simulate_block
from mtdbench.study.listing import listing_file
from mtdbench.study.stamp import STAMP, stamp_comment, write_stamped

SWEEP = {
    "name": "a", "space": "line", "window": 5, "size": 200, "snr": [4, 9], "density": 0.2,
    "trials": 2, "bound": False,
}  # fmt: skip
STUDY = {
    "name": "s",
    "batch": 1,
    "sweeps": [SWEEP],
    "estimators": [{"name": "zero"}, {"name": "oracle"}],
}
MEASURED = [column.name for column in TABLE if column.measured]


def planned(**changes: object) -> Plan:
    return make_plan(parse_study(yaml.safe_dump({**STUDY, **changes})))


def by_seed(jobs: list[Job], *_: object) -> list[Record]:
    """Estimates that depend on the job alone, without a process for it."""
    x = [encode([job.seed % 7, len(job.method), 3, 4, job.sigma or 0]) for job in jobs]
    return [
        Record(Status.OK, "", 1.0, 1.0, 1.0, 10.0, "cpu", [Snapshot(1.0, 1.0, 1, text)])
        for text in x
    ]


def make(
    plan: Plan, folder: Path, guarded: Callable[..., list[Record]] = by_seed
) -> tuple[set[str], pd.DataFrame]:
    """What the workflow does: sets aside what does not stand and makes what is missing.

    Returns what kinds of files were made, and the table without what is measured.
    """
    for path in fallen_files(plan, folder):
        set_aside(folder, path)
    made: set[str] = set()

    def missing(path: Path) -> bool:
        if not path.exists():
            made.add(path.relative_to(folder).parts[0].removesuffix(path.suffix))
        return not path.exists()

    for block in plan.blocks:
        if missing(listing := listing_file(folder, block)):
            simulate_block(plan.study, block, folder, listing)
    for batch in plan.batches:
        if missing(out := batch_file(folder, batch)):
            run_batch(plan.study, batch, folder, out, folder / "log", guarded)
    for cell in plan.cells:
        if missing(out := scores_file(folder, cell.id)):
            score_cell(plan, cell.id, folder, out)
    if missing(folder / "table.parquet"):
        write_table(plan, "", folder)
    if missing(folder / "figures"):
        write_stamped(folder / "figures" / FIGURES_STAMP, figures_stamp(folder).facts(files={}), {})
    if missing(folder / "report.html"):
        (folder / "report.html").write_text("page" + stamp_comment(report_stamp(folder)))
    assert [*fallen_files(plan, folder)] == []
    return made, pd.read_parquet(folder / "table.parquet").drop(columns=MEASURED)


@dataclass(frozen=True)
class Finished:
    """A finished study."""

    folder: Path
    plan: Plan
    table: pd.DataFrame


@pytest.fixture
def finished(tmp_path: Path) -> Finished:
    made, table = make(planned(), tmp_path / "s")
    assert made == {"data", "runs", "scores", "table", "figures", "report"}
    assert len(table) == 8
    return Finished(tmp_path / "s", planned(), table)


def test_what_stands_is_not_made_again(finished: Finished) -> None:
    made, table = make(finished.plan, finished.folder)
    assert made == set()
    pd.testing.assert_frame_equal(table, finished.table)


def test_times_of_files_play_no_part(finished: Finished) -> None:
    for shift, path in enumerate(sorted(finished.folder.rglob("*"), reverse=True)):
        then = time.time() + (-1) ** shift * 86400 * shift
        os.utime(path, (then, then))
    assert make(finished.plan, finished.folder)[0] == set()
    now = time.time()
    forget_future(finished.plan, finished.folder, now)
    records = [*finished.folder.rglob("runs/*/*.json"), *finished.folder.glob("table*")]
    assert all(path.stat().st_mtime <= now + 1 for path in records)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"sweeps": [{**SWEEP, "size": 250}]},
        {"sweeps": [{**SWEEP, "trials": 3}]},
        {"sweeps": [{**SWEEP, "sigma_known": False}]},
        {"estimators": [{"name": "zero", "label": "nil"}]},
        {"batch": 2},
        {"threads": 2},
    ],
)
def test_a_study_that_changed_is_as_one_made_afresh_and_so_is_the_way_back(
    finished: Finished, tmp_path: Path, change: dict
) -> None:
    """Other seed, other sizes: no old row under the new title."""
    other = planned(**change)
    _, table = make(other, finished.folder)
    pd.testing.assert_frame_equal(table, make(other, tmp_path / "afresh")[1])
    _, back = make(finished.plan, finished.folder)
    pd.testing.assert_frame_equal(back, finished.table)


def test_a_row_of_another_version_is_made_anew(finished: Finished) -> None:
    for path in finished.folder.rglob("*.json"):
        path.write_text(path.read_text().replace('"version": "', '"version": "0.', 1))
    made, table = make(finished.plan, finished.folder)
    assert made >= {"data", "runs", "scores", "table"}
    pd.testing.assert_frame_equal(table, finished.table)


def test_other_limits_make_the_table_and_no_run_anew(finished: Finished) -> None:
    other = planned(limits={"setup_seconds": 17, "seconds": 99})
    made, table = make(other, finished.folder)
    assert made == {"table", "figures", "report"}
    pd.testing.assert_frame_equal(table, finished.table)


FILES = [
    "data/*/*.json", "data/*/*/dataset.json", "data/*/*/measurement.npy", "data/*/*/truth.npz",
    "runs/*/*.json", "scores/*.json", "estimates/*/*/*.npy", "table.parquet", "table.csv",
    "history.parquet", "study.json", "figures/made_from.json", "report.html",
]  # fmt: skip


@pytest.mark.parametrize("pattern", FILES)
@pytest.mark.parametrize("damage", ["removed", "empty", "cut short", "another's"])
def test_a_damaged_file_gives_the_same_table(
    finished: Finished, tmp_path: Path, pattern: str, damage: str
) -> None:
    victims = sorted(finished.folder.glob(pattern))
    assert victims
    if damage == "another's":
        make(planned(seed=5), tmp_path / "other")
    for victim in victims[:: len(victims) // 2 + 1]:
        whole = victim.read_bytes()
        other = tmp_path / "other" / victim.relative_to(finished.folder)
        if damage == "removed":
            victim.unlink()
        elif damage == "another's":
            if other.exists():
                shutil.copy(other, victim)
        else:
            victim.write_bytes(b"" if damage == "empty" else whole[: len(whole) // 2])
    _, table = make(finished.plan, finished.folder)
    pd.testing.assert_frame_equal(table, finished.table)


@pytest.mark.parametrize("kept", ["runs", "scores", "data", "table.parquet", "estimates"])
def test_a_copy_of_some_of_the_files_gives_the_same_table(
    finished: Finished, tmp_path: Path, kept: str
) -> None:
    copy = tmp_path / "copy" / "s"
    copy.mkdir(parents=True)
    source = finished.folder / kept
    shutil.copytree(source, copy / kept) if source.is_dir() else shutil.copy(source, copy)
    _, table = make(finished.plan, copy)
    pd.testing.assert_frame_equal(table, finished.table)


def test_without_the_data_records_are_taken_over(finished: Finished) -> None:
    """They were made from the same, as the data that are simulated anew show."""

    def nothing(jobs: list[Job], *_: object) -> list[Record]:
        assert jobs == []
        return []

    shutil.rmtree(finished.folder / "data")
    assert [*fallen_files(finished.plan, finished.folder)] == []
    shutil.rmtree(finished.folder / "scores")
    made, table = make(finished.plan, finished.folder, nothing)
    assert made >= {"data", "runs", "scores", "table"}
    pd.testing.assert_frame_equal(table, finished.table)


def test_lost_runs_are_tried_again_by_themselves(tmp_path: Path, finished: Finished) -> None:
    plan, folder = finished.plan, tmp_path / "lost" / "s"

    def lost(jobs: list[Job], *_: object) -> list[Record]:
        return [Record(Status.LOST, "killed by SIGKILL")] * len(jobs)

    with pytest.raises(AssertionError):  # what is lost does not stand
        make(plan, folder, lost)
    assert set(pd.read_parquet(folder / "table.parquet")["status"]) == {"lost"}
    pd.testing.assert_frame_equal(make(plan, folder)[1], finished.table)


def test_chosen_runs_are_made_again_on_demand(finished: Finished) -> None:
    plan, counts = finished.plan, []

    def counting(jobs: list[Job], *_: object) -> list[Record]:
        counts.append([job.method for job in jobs])
        return by_seed(jobs)

    choice = Choice(statuses=["ok"], estimators=["oracle"])
    assert redo(plan, finished.folder, choice) == (4, 4)
    assert redo(plan, finished.folder, choice) == (0, 0)  # they are out already
    assert redo(plan, finished.folder, Choice(statuses=["crashed"])) == (0, 0)
    made, table = make(plan, finished.folder, counting)
    assert counts == [["oracle"]] * 4
    assert made == {"runs", "scores", "table", "figures", "report"}
    pd.testing.assert_frame_equal(table, finished.table)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice(), "no runs chosen"),
        (Choice(statuses=["crash"]), "did you mean 'crashed'"),
        (Choice(estimators=["orcale"]), "did you mean 'oracle'"),
        (Choice(sweeps=["b"]), "valid are a"),
    ],
)
def test_a_choice_that_does_not_exist_is_named(choice: Choice, words: str) -> None:
    with pytest.raises(InputError, match=words):
        redo(planned(), Path("nowhere"), choice)


def test_every_file_says_what_it_was_made_from(finished: Finished) -> None:
    written = [p for p in finished.folder.rglob("*") if p.suffix in (".json", ".html", ".parquet")]
    for path in written:
        assert STAMP.encode() in path.read_bytes()


def test_a_number_that_json_cannot_hold_does_not_hide_the_rest(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {STAMP: 3})
    assert [*fallen_files(planned(), tmp_path)] == []
