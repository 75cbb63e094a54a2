"""The tutorial, followed to the letter: from nothing to a row in the report."""

import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "tutorial-estimator.md").read_text()
PARTS = dict(zip(("python", "c"), TEXT.split("## In C"), strict=True))
NAMES = {"python": "likeness", "c": "likeness-c"}
MOST_LINES = 25
FENCE = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(language: str) -> list[str]:
    """Those from nothing to the report: all but the check."""
    blocks = [text for kind, _, text in FENCE.findall(PARTS[language]) if kind == "bash"]
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if not line.startswith("mtdbench check")]


@pytest.mark.parametrize("language", PARTS)
def test_it_takes_25_lines_and_three_commands(language):
    ((_, text),) = [(t, x) for _, t, x in FENCE.findall(PARTS[language]) if t]
    assert len(text.splitlines()) <= MOST_LINES
    assert len(commands(language)) == 3


@pytest.mark.parametrize(
    "language",
    [pytest.param("python", marks=pytest.mark.system), pytest.param("c", marks=pytest.mark.long)],
)
def test_every_step_works_as_written(language, tmp_path, own_environment):
    if language == "c" and not shutil.which("cc"):
        pytest.skip("no C compiler is installed")
    for kind, title, text in FENCE.findall(PARTS[language]):
        if title:
            assert (tmp_path / title).is_file()  # the template's, which the user replaces
            (tmp_path / title).write_text(text)
        elif kind == "bash":
            command = ["bash", "-euo", "pipefail", "-c", text]
            done = subprocess.run(
                command, cwd=tmp_path, env=own_environment, capture_output=True, text=True,
                check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    name = NAMES[language]
    table = pd.read_parquet(tmp_path / "results" / name / "table.parquet")
    rows = table[table["method"] == name]
    assert set(rows["status"]) == {"ok"}
    assert rows.groupby("snr")["error"].median().max() < 0.1
    assert name in (tmp_path / "results" / name / "report.html").read_text()
