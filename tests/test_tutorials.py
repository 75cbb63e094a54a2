"""Every command of the README and of the tutorials is run as it is written."""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import mtdbench
from mtdbench.cli import make_parser
from mtdbench.simulation.mrc import write_mrc_images

ROOT = Path(__file__).parents[1]
# That of estimators installs packages, so it has an environment and a test of its own:
# tests/plugins/test_tutorial_estimator.py.
TUTORIALS = sorted(
    {path.name for path in (ROOT / "docs").glob("tutorial-*.md")} - {"tutorial-estimator.md"}
)
SEEN_ELSEWHERE = ("tutorial-first-study.md",)
"""Tutorials whose steps continuous integration takes anyway, on another study."""
FENCE = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(command: str, folder: Path) -> str:
    """What a command prints in a shell that finds this interpreter's tools first."""
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=folder, text=True, check=False,
        env={**os.environ, "PATH": tools}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def shown_commands(document: Path) -> list[str]:
    """The lines of the indented blocks of a document that are commands."""
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    return re.findall(
        r"^    ((?:mtdbench|make|snakemake|python) .*?)(?: +#.*)?$", text, re.MULTILINE
    )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long if name in SEEN_ELSEWHERE else pytest.mark.system)
        for name in TUTORIALS
    ],
)
def test_a_tutorial_runs_from_its_first_line_to_its_last(name: str, tmp_path: Path) -> None:
    blocks = FENCE.findall((ROOT / "docs" / name).read_text())
    assert any(language == "bash" for language, _, _ in blocks)
    for language, title, text in blocks:
        if title:
            (tmp_path / title).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / title).write_text(text)
        elif language == "bash":
            run(text, tmp_path)


@pytest.mark.system
def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    """Those of make are run by continuous integration, the others here, on a small micrograph."""
    data = mtdbench.simulate("disc", 15, size=70, snr=4.7, density=0.1, seed=1)
    assert data.measurement.sigma == pytest.approx(0.8, rel=0.01)  # as their --sigma says
    write_mrc_images(tmp_path / "micrograph.mrc", data.measurement.samples)
    ci = (ROOT / ".ci" / "run").read_text().splitlines()
    for command in shown_commands(ROOT / "README.md"):
        if command.startswith("make "):
            assert command in ci
        else:
            run(command, tmp_path)
    assert (tmp_path / "out" / "run.json").is_file()
    assert (tmp_path / "picked" / "particles.star").is_file()


@pytest.mark.system
def test_the_study_of_the_readme_is_planned(tmp_path: Path) -> None:
    (study,) = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text(study)
    assert "200 runs" in run("mtdbench check config/mine.yaml", tmp_path)
    assert "200 runs" in run("mtdbench plan config/mine.yaml", tmp_path)
    assert re.search(r"^estimate +\d+$", run("mtdbench run mine --snakemake=-n", tmp_path), re.M)
    assert not (tmp_path / "results").exists()


def commands_of_mtdbench() -> list[str]:
    """Every command line of `mtdbench` in the documents: in blocks, and in the text."""
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(path.read_text() for path in documents)
    found = re.findall(r"^(?: {4})?(mtdbench .*)$|`(mtdbench\s[^`]+)`", text, re.MULTILINE)
    commands = {" ".join((block or inline).split()) for block, inline in found}
    return sorted({re.split(r" [#>|]", command)[0] for command in commands})


@pytest.mark.parametrize("command", commands_of_mtdbench())
def test_a_command_of_the_documents_is_understood(command: str) -> None:
    """Verb and options exist; where the text only names an option, values may be missing."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            make_parser().parse_args(shlex.split(command)[1:])
    except SystemExit as ended:
        assert ended.code == 0  # --help, --version
    except mtdbench.InputError as error:
        assert re.search("are required|expected one argument", str(error)), error
