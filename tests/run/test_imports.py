"""What a run imports: all of it before its clock starts, and no more than it needs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mtdbench.simulation import Recipe, write_dataset

PACKAGES = ("scipy", "jax", "jaxlib", "pandas", "pymanopt", "optax")
LOADED = """
import json, sys
from itertools import islice
from mtdbench.run.job import Job
from mtdbench.run.prepare import prepare

def loaded():
    return {".".join(name.split(".")[:2]) for name in sys.modules}

_, start = prepare(Job(**json.loads(sys.argv[1])))
before = loaded()
for _ in islice(start(), 2):
    pass
print(json.dumps([sorted(before), sorted(loaded() - before)]))
"""


def _imports(folder: Path, method: str, recipe: Recipe) -> tuple[list[str], list[str]]:
    """Packages and their parts that were there when the clock started, and those that came then."""
    sigma = write_dataset(recipe, folder)["sigma"]
    job = {
        "measurement": str(folder / "measurement.npy"),
        "space": recipe.space,
        "window": recipe.window,
        "basis": recipe.basis,
        "spacing": recipe.spacing,
        "sigma": sigma,
        "method": method,
        "options": {},
        "seed": 0,
        "placement": str(folder / "placement.npz"),
        "truth": str(folder / "truth.npz"),
    }
    command = [sys.executable, "-c", LOADED, json.dumps(job)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    before, later = json.loads(done.stdout.splitlines()[-1])
    return before, later


LINE = Recipe(space="line", window=8, size=2000, snr=4.0, density=0.2, seed=1)
DISC = Recipe(space="disc", window=5, size=80, snr=4.0, density=0.05, seed=1)
BALL = Recipe(space="ball", window=5, size=60, snr=4.0, density=0.05, seed=1)


def test_the_least_run_loads_the_least(tmp_path: Path) -> None:
    """A reference on a signal needs neither JAX nor a part of SciPy nor a table."""
    before, later = _imports(tmp_path, "zero", LINE)
    heavy = ("jax", "pandas", "matplotlib", "scipy.spatial", "scipy.signal", "scipy.stats")
    assert not set(before + later).intersection(heavy)


@pytest.mark.long
@pytest.mark.parametrize("recipe", [LINE, DISC, BALL], ids=lambda recipe: recipe.space)
@pytest.mark.parametrize("method", ["em", "autocorrelation", "oracle", "matched-filter"])
def test_no_package_is_imported_on_the_clock(tmp_path: Path, method: str, recipe: Recipe) -> None:
    """Imports are set-up: a time that holds them says nothing about a method."""
    _, later = _imports(tmp_path, method, recipe)
    compiling = {"jax._src", "jaxlib.mlir"}  # within `mtdbench.clock.setup`
    loaded = {name for name in later if name.partition(".")[0] in PACKAGES}
    assert loaded <= compiling
