"""What tests share: faulty estimators, that come through the entry point that all others use; small
simulated measurements; and the formulas that the package is held against.
"""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mtdbench import Measurement, Placement, Space, make_space
from mtdbench.evaluate.relative_error import errors
from mtdbench.simulation import place

FAULTS = Path(__file__).parent / "faults" / "faulty.py"
FAULTY = (
    *("good", "slow", "raises", "hangs", "greedy", "segfaults", "not_a_number", "wrong_shape"),
    *("not_an_estimate", "leaves", "forks", "forks_away", "writes", "declares"),
    "kills_itself",
)
TOGETHER = (
    *("cluster/test_slurm.py", "fell_short/test_rows.py", "report/test_browser.py"),
    "tests/test_site.py",
)
"""Files whose tests share one Slurm, or what takes long to make."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadscope`, the tests of these files stay together and come first, and each
    other one goes where there is room. `loadgroup` of pytest-xdist 3.8 does nothing under pytest
    9.2.
    """
    if config.getvalue("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    def scope(test: str) -> str:
        file = test.partition("::")[0]
        return file if file.endswith(TOGETHER) else test

    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = scope
    return scheduler


@pytest.fixture(scope="session")
def plugin_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that, on the path, makes the estimators of `faulty.py` registered ones."""
    site = tmp_path_factory.mktemp("site")
    (site / "faulty.py").write_text(FAULTS.read_text())
    metadata = site / "faulty-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
    lines = [f"{name} = faulty:{name}" for name in FAULTY]
    text = "\n".join(["[mtdbench.estimators]", *lines, "no_import = no_such_module:estimator"])
    (metadata / "entry_points.txt").write_text(text + "\n")
    return site


@pytest.fixture
def plugins(plugin_site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The faulty estimators, registered here and in every process that is started."""
    from mtdbench.estimators import registry

    path = [str(plugin_site), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    monkeypatch.setenv("MTDBENCH_IMPORTED", " ".join(FAULTY))  # their imports are harmless
    monkeypatch.syspath_prepend(str(plugin_site))
    registry._entries.cache_clear()
    yield plugin_site
    registry._entries.cache_clear()


Python = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def python_alone(tmp_path: Path) -> Python:
    """Runs Python in `tmp_path / "here"`, which is empty at first, as are its home, `tmp_path /
    "home"`, and the folder for temporary files, in which nothing may be left.
    """
    here, home, temporary = (tmp_path / name for name in ("here", "home", "temporary"))
    for folder in (here, home, temporary):
        folder.mkdir()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "ASPIRE"))},
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "MPLCONFIGDIR": str(tmp_path / "mpl"),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=here,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert list(temporary.iterdir()) == []
        return done

    return run


@dataclass(frozen=True)
class Data:
    """A simulated measurement, and what only the test knows of it."""

    measurement: Measurement
    placement: Placement
    truth: np.ndarray

    @cached_property
    def space(self) -> Space:
        return self.measurement.space

    def error(self, x: np.ndarray) -> float:
        return errors(self.space, x, self.truth)["error"]

    @property
    def without_sigma(self) -> Measurement:
        return replace(self.measurement, sigma=None)


def simulated(
    space: Space,
    size: int,
    snr: float,
    density: float,
    seed: int,
    x: np.ndarray | None = None,
    spacing: str = "well-separated",
) -> Data:
    """Copies of x (random where None) at that density in float64, SNR over the placed copies."""
    rng, window = np.random.default_rng(seed), space.window
    x = space.random(rng) if x is None else x
    corners = place(size, window, density, spacing, rng)
    placement = Placement(corners, space.random_poses(rng, len(corners)))
    images = window.reshape(space.project(x, placement.poses))
    y = np.zeros((size,) * window.ndim)
    for corner, image in zip(corners, images, strict=True):
        y[tuple(map(slice, corner, corner + window.shape))] += image
    sigma = float(np.sqrt(np.mean(images**2) / snr))
    y += sigma * rng.standard_normal(y.shape)
    return Data(Measurement(y, space, sigma, spacing), placement, x)


@pytest.fixture(scope="session")
def simulate() -> Callable[..., Data]:
    return simulated


@pytest.fixture(scope="session")
def signal() -> Data:
    """An easy signal."""
    return simulated(make_space("line", 6), 6000, 4.0, 0.2, 0)


@pytest.fixture(scope="session")
def image() -> Data:
    """An easy image."""
    return simulated(make_space("disc", 5), 150, 10.0, 0.06, 1)


@pytest.fixture(params=["signal", "image"])
def data(request: pytest.FixtureRequest) -> Data:
    """Each of the two."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def brute_force() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "brute_force.py")))
