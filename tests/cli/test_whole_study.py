"""`mtdbench run`: a study without a clone."""

from pathlib import Path

import pytest

from mtdbench.cli import main

STUDY = """\
name: tiny
sweeps:
  - {name: a, space: line, window: 6, size: 500, snr: 4, density: 0.2, trials: 1}
estimators: [{name: zero}]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(STUDY)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["quikc"], "unknown study 'quikc': did you mean 'quick'"),
        (["gone.yaml"], "unknown study 'gone.yaml'"),
        (["tiny.yaml", "--cores", "0"], "--cores 0: expected at least 1"),
        (["tiny.yaml", "--scale", "small"], "scale 'small': expected full or reduced"),
        (["tiny.yaml", "--profile", "slrum"], "unknown profile 'slrum': did you mean 'slurm'"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert [path.name for path in folder.iterdir()] == ["tiny.yaml"]


def test_a_dry_run_plans_every_job_in_this_folder(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "tiny.yaml", "--cores", "1", "--snakemake=-n"]) == 0
    printed = capfd.readouterr()
    assert "estimate" in printed.out + printed.err
    assert "report:" not in printed.out
    assert not (folder / "results").exists()
