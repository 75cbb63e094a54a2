"""Files that a study names: variables in paths, and what is said where they are missing."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from mtdbench.cli import main
from mtdbench.commands.study_check import check_files
from mtdbench.study import make_plan
from mtdbench.study.file_paths import (
    MissingFiles,
    file_sizes,
    measurement_files,
    named_path,
    table_files,
)
from mtdbench.study.schema import Study

SWEEP = {"name": "real", "measurement": "file:${data}/*.npy", "space": "disc", "window": 5}
STUDY = {"name": "s", "sweeps": [SWEEP], "estimators": [{"name": "zero"}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.npy", "a.npy"):
        np.save(tmp_path / name, np.eye(9))
    return tmp_path


def test_a_variable_is_its_own_name_or_that_with_a_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTDBENCH_DATA", "/one")
    assert named_path("file:${data}/x/$data") == "/one/x//one"
    monkeypatch.setenv("data", "/two")
    assert named_path("file:${data}/*.mrc") == "/two/*.mrc"


def test_files_are_found_by_pattern_folder_and_name(folder: Path) -> None:
    expected = [folder / "a.npy", folder / "b.npy"]
    assert measurement_files(f"file:{folder}/*.npy") == expected
    assert measurement_files(f"file:{folder}") == expected
    assert measurement_files(f"file:{folder}/b.npy") == expected[1:]
    size = expected[0].stat().st_size
    assert file_sizes(expected[::-1]) == [["a.npy", size], ["b.npy", size]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file:${data}/*.npy", "nobody says what data is: expected --config data=FOLDER, or MTD"),
        ("file:$where/x.npy", "what where is: expected MTDBENCH_WHERE"),
        ("file:/nowhere/at/all/*.mrc", "there is no '/nowhere/at/all'"),
        ("file:/nowhere.mrc", "there is no '/nowhere.mrc'"),
    ],
)
def test_what_is_missing_is_one_line(
    text: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MTDBENCH_DATA", raising=False)
    with pytest.raises(MissingFiles, match=message) as caught:
        measurement_files(text)
    assert "\n" not in str(caught.value)


def test_a_pattern_that_nothing_matches_is_missing_too(folder: Path) -> None:
    with pytest.raises(MissingFiles, match="no file matches"):
        measurement_files(f"file:{folder}/*.mrc")
    with pytest.raises(MissingFiles, match="no file matches"):
        table_files(f"file:{folder}/*.csv")


def test_before_anything_runs_the_line_names_the_sweep_and_the_exit_code_is_2(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    plan = make_plan(Study.model_validate(STUDY))
    Path("s.yaml").write_text(yaml.safe_dump(STUDY))
    monkeypatch.setenv("MTDBENCH_DATA", str(folder))
    check_files(plan, folder / "results" / "s")
    assert main(["check", "s.yaml"]) == 0
    monkeypatch.setenv("MTDBENCH_DATA", str(folder / "away"))
    capsys.readouterr()
    assert main(["check", "s.yaml"]) == 2
    assert "sweep 'real': 'file:${data}/*.npy': there is no" in capsys.readouterr().err
    assert main(["check", "s.yaml", "--elsewhere"]) == 0
