"""A pack at its attempts: what fails keeps nothing else from being done."""

import json
from pathlib import Path

import pytest
import yaml

from mtdbench.cli import main
from mtdbench.commands.packs import Step, cut, result_file
from mtdbench.cost.costs import read_calibration
from mtdbench.run.allocation import OVERHEAD_MIB
from mtdbench.run.marks import Mark, leave
from mtdbench.study import Study, make_plan

SWEEP = {"name": "a", "space": "line", "window": 6, "size": 500, "snr": 4, "density": 0.2}
STUDY = {
    "name": "s",
    "batch": 1,
    "limits": {"seconds": 20, "memory_mib": 2000},
    "sweeps": [{**SWEEP, "trials": 1}],
    "estimators": [{"name": "greedy", "options": {"gib": 0.25}}, {"name": "zero"}],
}
PLAN = make_plan(Study.model_validate(STUDY))
PACKS = {pack.step: pack for pack in cut(PLAN, read_calibration())}


@pytest.fixture
def place(tmp_path: Path, plugins: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(STUDY))
    return tmp_path / "results" / "s"


def work(step: Step, mib: float = 1000, attempt: int = 1) -> int:
    given = [str(mib + OVERHEAD_MIB), "5", str(attempt)]
    pack = PACKS[step].name
    return main(
        ["work", "--study=s.yaml", f"--pack={pack}", "--out=done", "--allocated", *given]
    )  # fmt: skip


@pytest.mark.system
def test_a_study_by_its_packs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first batch outgrows its job, and does not keep the other from being done."""
    outgrown, zero = (result_file(batch, place) for batch in PLAN.batches)
    assert work(Step.SIMULATE) == 0
    assert json.loads(Path("done").read_text()) == {"pack": PACKS[Step.SIMULATE].name}
    Path("done").unlink()
    assert work(Step.ESTIMATE, mib=250) == 1
    assert "to be tried again: a-L6-N500-snr4-d0.2/greedy" in capsys.readouterr().err
    assert not outgrown.exists()
    assert not Path("done").exists()
    before = zero.stat().st_mtime_ns
    assert work(Step.ESTIMATE, attempt=2) == 0
    assert zero.stat().st_mtime_ns == before
    assert work(Step.SCORE) == 0
    assert main(["table", "--study=s.yaml"]) == 0
    assert "2 runs (2 ok)" in capsys.readouterr().out


@pytest.mark.system
def test_a_batch_that_an_attempt_did_not_survive_comes_last(place: Path) -> None:
    work(Step.SIMULATE)
    first, second = PLAN.batches
    leave(Mark.BEGUN, place, first)
    assert work(Step.ESTIMATE, attempt=2) == 0
    times = [result_file(batch, place).stat().st_mtime_ns for batch in (first, second)]
    assert times[0] > times[1]


def test_what_raises_is_told_and_tried_again(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder where the scores of the cell are to be is in the way of them."""
    result_file(PLAN.cells[0], place).parent.mkdir(parents=True)
    (place / "scores").rmdir()
    (place / "scores").write_text("in the way")
    assert work(Step.SCORE) == 1
    assert "to be tried again" in capsys.readouterr().err


def test_an_unknown_pack_is_one_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--study=s.yaml", "--pack=other", "--out=done", "--allocated", "1", "1", "1"]
    assert main(["work", *arguments]) == 2
    assert "pack of study 's' 'other'" in capsys.readouterr().err
