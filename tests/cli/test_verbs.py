import json
import os
import re
import subprocess
import sys
import tomllib
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


@pytest.mark.usefixtures("plugins")
def test_the_kit_accepts_what_keeps_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--estimator", "good"]) == 0
    assert "FAILED" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["wrong_shape", "not_a_number", "writes", "segfaults"])
@pytest.mark.usefixtures("plugins")
def test_the_kit_refuses_what_does_not(name: str) -> None:
    assert not all(result.passed for result in check_estimator(name))


def test_a_new_estimator_works_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plugins: Path
) -> None:
    from mtdbench.estimators import registry

    monkeypatch.chdir(tmp_path)
    assert main(["new-estimator", "my-method"]) == 0
    package = tmp_path / "my-method"
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    entries = project["entry-points"]["mtdbench.estimators"]
    text = "".join(p.read_text() for p in package.rglob("*") if p.is_file())
    assert not re.search("@[A-Z]+@", text)

    metadata = package / "src" / "my_method-0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: my-method\nVersion: 0\n")
    lines = [f"{name} = {where}" for name, where in entries.items()]
    (metadata / "entry_points.txt").write_text("\n".join(["[mtdbench.estimators]", *lines]))
    monkeypatch.syspath_prepend(str(package / "src"))
    monkeypatch.setenv("PYTHONPATH", str(package / "src"), prepend=os.pathsep)
    registry._entries.cache_clear()
    failed = [result.what for result in check_estimator("my-method") if not result.passed]
    assert not failed


def test_an_existing_folder_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("precious")
    assert main(["new-estimator", "mine", "--out", str(tmp_path / "mine")]) == 2
    assert (tmp_path / "mine").read_text() == "precious"
