"""List 6 and 7: no traceback, whatever a plugin's package or a folder is like."""

import re

import pytest

pytestmark = pytest.mark.system

PACKAGES = {
    "typed": """from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import numpy as np
    from mtdbench import Measurement
def broken(measurement: Measurement, rng: np.random.Generator, *, steps: int = 3):
    yield None
""",
    "no_function": "broken = 3\n",
    "exits": "import sys\nsys.exit(3)\n",
}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_ends_the_list(make_bench, package):
    bench = make_bench(PACKAGES[package], broken="broken:broken")
    done = bench.mtdbench("list")
    assert done.returncode == 0, done.stderr[-500:]
    assert "Traceback" not in done.stderr
    assert re.search(r"^  zero: ", done.stdout, re.MULTILINE)
    assert re.search(r"^  broken", done.stdout, re.MULTILINE)


@pytest.fixture(scope="module")
def measured(make_bench):
    """A bench with a measurement."""
    bench = make_bench()
    done = bench.mtdbench(
        *("simulate", "--space", "line", "--window", "6", "--size", "500", "--snr", "4"),
        *("--density", "0.2", "--seed", "1", "--out", "data"),
    )
    assert done.returncode == 0, done.stderr
    (bench.place / "file").write_text("kept")
    return bench


@pytest.mark.parametrize("out", ["file", "file/below", "/proc/below"])
def test_what_cannot_be_written_is_one_line(measured, out):
    """A file is no folder; and nothing can be made below `/proc`, as on a read-only disk."""
    done = measured.mtdbench(
        *("estimate", "data/measurement.npy", "--space", "line", "--window", "6"),
        *("--estimator", "zero", "--out", out),
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert out.split("/below")[0] in done.stderr
    assert (measured.place / "file").read_text() == "kept"


def test_a_package_for_any_name_can_be_imported(bench):
    assert bench.mtdbench("new-estimator", "class", "--out", "new").returncode == 0
    text = (bench.place / "new" / "pyproject.toml").read_text()
    (module,) = re.findall(r"^class = \"([\w.]+):", text, re.MULTILINE)
    places = [path.parent for path in (bench.place / "new").rglob(f"{module}*") if path.exists()]
    code = f"import sys; sys.path[:0] = {list(map(str, places))}\nimport {module}\n"
    (bench.place / "importing.py").write_text(code)
    done = bench.run("importing")
    assert done.returncode == 0, done.stderr


def test_a_key_that_stands_twice_is_refused(bench):
    study = bench.place / bench.write("zero")
    study.write_text(study.read_text() + "seed: 1\nseed: 2\n")
    done = bench.mtdbench("check", study)
    assert done.returncode == 2
    assert "seed" in done.stderr


def test_no_number_of_classes_is_without_end(bench):
    done = bench.mtdbench(
        *("simulate", "--space", "line", "--basis", "classes:99999999", "--window", "6"),
        *("--size", "500", "--snr", "4", "--density", "0.2", "--out", "data"),
        timeout=15,
    )
    assert done.returncode == 2
    assert "99999999" in done.stderr
