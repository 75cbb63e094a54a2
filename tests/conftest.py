"""Estimators for tests come through the door that all others use: an entry point."""

import os
from collections.abc import Iterator
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
