"""The package and its tests, parsed."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def modules(folder: Path) -> dict[str, ast.Module]:
    """The parsed files of a folder, by their paths in it."""
    return {
        file.relative_to(folder).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted(folder.rglob("*.py"))
    }


@pytest.fixture(scope="session")
def source() -> dict[str, ast.Module]:
    return modules(ROOT / "src" / "mtdbench")


@pytest.fixture(scope="session")
def tests() -> dict[str, ast.Module]:
    return modules(ROOT / "tests")
