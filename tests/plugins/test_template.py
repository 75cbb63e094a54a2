"""The package that `new-estimator` writes, in every language."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from mtdbench.cli import main
from mtdbench.plugins.conformance import check_estimator
from mtdbench.plugins.template import LANGUAGES
from mtdbench.study.schema import load_study

TOOLS = {"python": None, "c": "cc", "r": "Rscript", "command": "awk"}


def new(name: str, out: Path, language: str = "python") -> Path:
    assert main(["new-estimator", name, "--out", str(out), "--language", language]) == 0
    return out


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["class", "json", "numpy", "mtdbench", "np", "max", "my-method"])
def test_any_name_gives_a_package_that_can_be_imported(name, language, tmp_path):
    package = new(name, tmp_path / "package", language)
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    ((entry, value),) = project["entry-points"]["mtdbench.estimators"].items()
    module, function = value.split(":")
    source = (package / "src" / module / "__init__.py").read_text()
    assert entry == name
    assert function in {node.name for node in ast.parse(source).body if hasattr(node, "name")}
    assert module not in sys.stdlib_module_names
    assert not list(package.rglob("*@*"))
    texts = [path.read_text() for path in package.rglob("*") if path.is_file()]
    assert not re.search("@[A-Z]+@", "".join(texts))
    study, _ = load_study(package / "study.yaml")
    assert name in [method.name for method in study.estimators]


@pytest.mark.parametrize(
    "name", ["", "Max", "1st", "a b", "a/b", "../a", "a--b", "é", "a" * 61, "em", "zero", "-x"]
)
def test_a_bad_name_is_refused(name, tmp_path, capsys):
    assert main(["new-estimator", "--out", str(tmp_path / "x"), "--", name]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "x").exists()


def test_an_unknown_language_is_refused(tmp_path, capsys):
    out = str(tmp_path / "x")
    assert main(["new-estimator", "mine", "--out", out, "--language", "cobol"]) == 2
    assert "valid are c, command, python, r" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("place", ["file/package", "/proc/package", "file"])
def test_a_folder_that_cannot_be_written_is_one_line(place, tmp_path, capsys):
    (tmp_path / "file").write_text("precious")
    assert main(["new-estimator", "mine", "--out", str(tmp_path / place)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert place in line
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "package").mkdir()
    assert (new("mine", tmp_path / "package") / "pyproject.toml").is_file()


def test_the_study_compares_with_the_scale(tmp_path):
    content = yaml.safe_load((new("mine", tmp_path / "package") / "study.yaml").read_text())
    assert [method["name"] for method in content["estimators"]] == ["zero", "oracle", "mine"]


def compiled(package: Path) -> None:
    for source in package.rglob("*.c"):
        warnings = ["-Wall", "-Wextra", "-Werror", "-O2"]
        command = ["cc", *warnings, "-o", source.with_suffix(""), source, "-lm"]
        subprocess.run(command, check=True)


SYSTEM = pytest.mark.system
CASES = [pytest.param(name, marks=SYSTEM if name in ("r", "command") else ()) for name in LANGUAGES]


@pytest.mark.parametrize("language", CASES)
def test_a_new_estimator_keeps_the_contract(language, tmp_path, install, monkeypatch):
    tool = TOOLS[language]
    if tool and not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    package = new(f"in-{language}", tmp_path / "package", language)
    compiled(package)
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    monkeypatch.syspath_prepend(str(package / "src"))
    monkeypatch.setenv("PYTHONPATH", str(package / "src"), prepend=os.pathsep)
    install(f"in-{language}", project["entry-points"]["mtdbench.estimators"])
    results = list(check_estimator(f"in-{language}", settings=["line"]))
    assert [result.what for result in results if not result.passed] == []
    assert "ends" in {result.law for result in results}
