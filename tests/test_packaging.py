"""Lock file, metadata, version and hooks say the same; the wheel works without the repository."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pandas as pd
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from mtdbench.version import __version__

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", re.MULTILINE)


def test_lock_names_no_address_and_no_option():
    assert not re.search(r"://|^-|file:", LOCK, re.MULTILINE)


def test_every_locked_version_has_a_hash():
    blocks = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert blocks
    assert all(PINNED.match(block) and "--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize(
    "text", [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
)
def test_lock_satisfies_pyproject(text):
    requirement = Requirement(text)
    versions = {canonicalize_name(name): version for name, version in PINNED.findall(LOCK)}
    assert requirement.specifier.contains(Version(versions[canonicalize_name(requirement.name)]))


def test_declared_estimators_are_the_registered_ones():
    declared = PROJECT["entry-points"]["mtdbench.estimators"]
    found = {entry.name: entry for entry in entry_points(group="mtdbench.estimators")}
    for name, value in declared.items():
        assert found[name].value == value
        assert callable(found[name].load())


def test_the_version_is_one_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == __version__
    (latest, *_) = re.findall(
        r"^## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert latest == __version__


def recipe(target: str) -> list[str]:
    """The commands of a target of the Makefile, without what they are run with."""
    makefile = (ROOT / "Makefile").read_text()
    (lines,) = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    return [re.sub(r"^\t@?(\$\(\w+\)[/ ])*", "", line) for line in lines.splitlines()]


def test_the_hooks_before_a_commit_are_those_of_make_lint():
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    entries = [hook["entry"].removeprefix(".venv/bin/") for hook in local["hooks"]]
    assert (local["repo"], entries) == ("local", recipe("lint"))


def test_the_forge_runs_what_is_run_here():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    job = workflow["jobs"]["ci"]
    assert ".ci/run" in [step.get("run") for step in job["steps"]]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14"]


@pytest.mark.parametrize("form", ["ISSUE_TEMPLATE/bug.yml", "ISSUE_TEMPLATE/estimator.yml"])
def test_a_form_of_the_forge_requires_run_json(form):
    body = yaml.safe_load((ROOT / ".github" / form).read_text())["body"]
    (field,) = [field for field in body if field["attributes"]["label"] == "run.json"]
    assert field["validations"]["required"]


STUDY = """\
name: tiny
sweeps:
  - {name: a, space: line, window: 6, size: 500, snr: 4, density: 0.2, trials: 1}
estimators: [{name: oracle}, {name: zero}]
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from this tree."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_holds_studies_and_workflow(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    studies = {Path(name).name for name in names if name.startswith("mtdbench/shipped/config/")}
    assert studies >= {path.name for path in (ROOT / "config").glob("*.yaml")}
    shipped = ("Snakefile", "environment.yaml", "profiles/default/config.yaml")
    assert {f"mtdbench/shipped/{name}" for name in shipped} <= set(names)


def installed(wheel: Path, place: Path) -> Path:
    """The interpreter of an environment with the wheel, and no other trace of mtdbench.

    Its dependencies are those of this environment, by links: nothing is downloaded.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = place / "bin" / "python"
    (site,) = place.glob("lib/*/site-packages")
    (here,) = {Path(path) for path in sys.path if path.endswith("site-packages")}
    for entry in here.iterdir():
        if "mtdbench" not in entry.name:
            (site / entry.name).symlink_to(entry)
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps",
         "--no-index", str(wheel)], check=True,
    )  # fmt: skip
    return python


@pytest.mark.system
def test_an_installed_wheel_runs_a_study_without_the_repository(wheel, tmp_path):
    python, work = installed(wheel, tmp_path / "venv"), tmp_path / "work"
    work.mkdir()
    (work / "tiny.yaml").write_text(STUDY)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*arguments):
        done = subprocess.run(
            arguments, cwd=work, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    verb = python.with_name("mtdbench")
    assert "204 runs" in run(verb, "check", "quick")
    assert "204 runs" in run(verb, "plan", "quick")
    printed = run(verb, "run", "tiny.yaml", "--cores", "2")
    report = work / "results" / "tiny" / "report.html"
    assert f"report: {report}" in printed
    assert report.is_file()
    table = pd.read_csv(work / "results" / "tiny" / "table.csv")
    assert set(table["estimator"]) == {"oracle", "zero"}
    assert set(table["version"]) == {__version__}
    where = run(python, "-c", "import mtdbench; print(mtdbench.__file__)")
    assert Path(where.strip()).is_relative_to(tmp_path)


@pytest.mark.system
def test_the_catalogue_of_workflows_finds_what_it_looks_for():
    """The files that it asks for, and a workflow that is that of the top folder."""
    catalogue = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())
    assert catalogue["usage"]["software-stack-deployment"]["conda"]
    assert (ROOT / "config" / "README.md").is_file()
    rules = []
    for snakefile in ("Snakefile", "workflow/Snakefile"):
        command = [sys.executable, "-m", "snakemake", "--snakefile", snakefile, "--list-rules"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        rules.append(sorted(done.stdout.split()))
    assert rules[0] == rules[1]
    assert "estimate" in rules[0]
