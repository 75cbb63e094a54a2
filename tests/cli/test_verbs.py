import json
import subprocess
import sys
from pathlib import Path

import pytest

from mtdbench.cli import main
from mtdbench.plugins.conformance import check_estimator


def test_help_needs_no_numerical_library() -> None:
    code = "import sys, mtdbench.cli as c; c.make_parser(); print('numpy' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"


def test_a_study_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "{name: s, batch: 2, estimators: [{name: zero}], sweeps: [{name: a, space: line,"
        " window: 5, size: [50, 60], snr: [1, 2], density: 0.2, trials: 3}]}"
    )
    assert main(["check", str(path)]) == 0
    assert "4 cells, 12 data sets, 12 runs in 8 batches" in capsys.readouterr().out


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Study"


def test_estimators_are_listed_with_options(
    capsys: pytest.CaptureFixture[str], plugins: Path
) -> None:
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    for words in (
        "zero:",
        "good: Random estimates",
        "steps: int = 3",
        "no_import: broken: estimator",
    ):
        assert words in listed
    assert "disc" in listed
    assert "asd1" in listed


@pytest.mark.system
@pytest.mark.usefixtures("plugins")
def test_the_kit_accepts_what_keeps_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--estimator", "good"]) == 0
    out = capsys.readouterr().out
    assert "FAILED" not in out
    for setting in ("line", "line-arbitrary", "line-micrographs", "disc", "ball"):
        assert f"ok        {setting}-repeats" in out


@pytest.mark.parametrize("name", ["writes", "segfaults"])
@pytest.mark.usefixtures("plugins")
def test_the_kit_refuses_what_does_not(name: str) -> None:
    assert not all(result.passed for result in check_estimator(name, settings=["line"]))


def test_an_existing_folder_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("precious")
    assert main(["new-estimator", "mine", "--out", str(tmp_path / "mine")]) == 2
    assert (tmp_path / "mine").read_text() == "precious"
