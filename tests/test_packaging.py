"""The lock file and the package's metadata say the same as pyproject.toml."""

import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

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
