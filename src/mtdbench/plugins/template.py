"""A package with an estimator to start from, as `mtdbench new-estimator` writes it."""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from mtdbench.errors import InputError
from mtdbench.estimators import registry


def write_package(name: str, out: Path) -> Path:
    """Write a small installable package for an estimator called `name` into the new folder `out`.

    Raises
    ------
    InputError
        If the name is not valid or taken, or the folder is there and not empty.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name):
        raise InputError(
            f"estimator name '{name}': expected lower-case words joined by hyphens, as in"
            " 'my-method'"
        )
    if name in registry.names():
        raise InputError(f"estimator '{name}' exists already: expected a new name")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"'{out}' exists already: expected a new folder")
    module = name.replace("-", "_")
    for template in _walk(files("mtdbench.plugins") / "package"):
        text = template.read_text(encoding="utf-8")
        path = out / _place(template.name, module)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("@NAME@", name).replace("@MODULE@", module), encoding="utf-8")
    return out


def _walk(folder: Traversable) -> list[Traversable]:
    return sorted((item for item in folder.iterdir() if item.is_file()), key=lambda item: item.name)


def _place(template: str, module: str) -> str:
    """Where a template's text goes."""
    places = {
        "estimator.py.txt": f"src/{module}/__init__.py",
        "test.py.txt": f"tests/test_{module}.py",
    }
    return places.get(template, template.removesuffix(".txt"))
