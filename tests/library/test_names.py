"""What `import mtdbench` offers, and that it costs next to nothing."""

import inspect
import subprocess
import sys

import pytest

import mtdbench


def printed(code: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_importing_loads_neither_numpy_nor_jax() -> None:
    code = "import sys, mtdbench; dir(mtdbench); print({'numpy', 'jax'} & set(sys.modules))"
    assert printed(code) == "set()"


@pytest.mark.parametrize("name", mtdbench.__all__)
def test_every_name_is_there_and_documented(name: str) -> None:
    assert name in dir(mtdbench)
    assert len(inspect.getdoc(getattr(mtdbench, name)) or "") > 40


def test_no_package_takes_the_place_of_a_function() -> None:
    code = (
        "import importlib, pkgutil, mtdbench\n"
        "names = {module.name for module in pkgutil.iter_modules(mtdbench.__path__)}\n"
        "print(names & set(mtdbench.__all__))"
    )
    assert printed(code) == "set()"


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'mtdbench' has no attribute 'nothing'"):
        mtdbench.nothing  # noqa: B018
