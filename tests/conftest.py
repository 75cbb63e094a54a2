"""Estimators for tests come through the door that all others use: an entry point."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

FAULTS = Path(__file__).parent / "faults" / "faulty.py"
FAULTY = (
    *("good", "slow", "raises", "hangs", "greedy", "segfaults", "not_a_number", "wrong_shape"),
    *("not_an_estimate", "leaves", "forks", "writes"),
)


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
