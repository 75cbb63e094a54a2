"""Packages with estimators, installed for a test by a folder on the path."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package, here and for processes that are started: its name, its entry points, and
    the text of each of its modules.
    """
    from mtdbench.estimators import probe, registry

    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site), prepend=os.pathsep)

    def add(package: str, entries: Mapping[str, str] | str, **modules: str) -> Path:
        for name, text in modules.items():
            (site / f"{name}.py").write_text(text)
        metadata = site / f"{package.replace('-', '_')}-1.0.dist-info"
        metadata.mkdir()
        text = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        (metadata / "METADATA").write_text(text)
        if not isinstance(entries, str):
            lines = [f"{name} = {value}" for name, value in entries.items()]
            entries = "\n".join(["[mtdbench.estimators]", *lines, ""])
        (metadata / "entry_points.txt").write_text(entries)
        registry._entries.cache_clear()
        probe.import_fault.cache_clear()
        return site

    yield add
    registry._entries.cache_clear()
    probe.import_fault.cache_clear()
