from pathlib import Path

import pytest

from mtdbench.run.job import Job
from mtdbench.simulation import Recipe, write_dataset


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data set."""
    folder = tmp_path_factory.mktemp("data")
    write_dataset(Recipe(space="line", window=6, size=500, snr=2.0, density=0.2, seed=1), folder)
    return folder


@pytest.fixture
def job(data: Path, plugins: Path):
    """Makes a job for an estimator on the data."""

    def make(method: str, seed: int = 5, **options: object) -> Job:
        return Job(
            measurement=str(data / "measurement.npy"),
            space="line",
            window=6,
            basis="auto",
            spacing="well-separated",
            sigma=1.0,
            method=method,
            options=options,
            seed=seed,
            placement=str(data / "placement.npz"),
        )

    return make
