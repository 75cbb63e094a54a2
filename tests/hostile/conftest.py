"""The hostile estimators as registered ones, and a data set for them to go at."""

import os
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from mtdbench.run.job import Job
from mtdbench.simulation import Recipe, write_dataset

FILE = Path(__file__).parent / "hostile.py"
RECIPE = Recipe(space="line", window=6, size=500, snr=2.0, density=0.2, seed=1)


@pytest.fixture(scope="session")
def hostile() -> SimpleNamespace:
    """What `hostile.py` defines."""
    return SimpleNamespace(**runpy.run_path(str(FILE)))


@pytest.fixture
def villains(
    tmp_path: Path, hostile: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The hostile estimators, registered here and in every process that is started; temporary files
    go to `tmp_path / "temporary"`.
    """
    from mtdbench.estimators import registry

    site, temporary = tmp_path / "site", tmp_path / "temporary"
    metadata = site / "hostile-1.0.dist-info"
    for folder in (metadata, temporary):
        folder.mkdir(parents=True)
    (site / "hostile.py").write_text(FILE.read_text())
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n")
    lines = ["[mtdbench.estimators]", *(f"{name} = hostile:{name}" for name in hostile.EXPECTED)]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n")
    path = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    registry._entries.cache_clear()
    yield
    registry._entries.cache_clear()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Where a study has a data set."""
    folder = tmp_path / "results" / "s" / "data" / "cell" / "0"
    write_dataset(RECIPE, folder)
    return folder


@pytest.fixture
def job(dataset: Path, hostile: SimpleNamespace, villains: None) -> Callable[..., Job]:
    """Makes a job for an estimator on the data, as a study does."""

    def make(method: str, **options: object) -> Job:
        knows = {"folder": str(dataset)} if method in hostile.KNOWERS else {}
        return Job(
            measurement=str(dataset / "measurement.npy"),
            space=RECIPE.space,
            window=RECIPE.window,
            basis=RECIPE.basis,
            spacing=RECIPE.spacing,
            sigma=1.0,
            method=method,
            options=knows | options,
            seed=5,
            placement=str(dataset / "placement.npz"),
            truth=str(dataset / "truth.npz"),
        )

    return make
