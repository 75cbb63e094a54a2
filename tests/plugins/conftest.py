"""Packages with estimators, installed for a test by a folder on the path."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
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


@pytest.fixture
def own_environment(tmp_path: Path) -> dict[str, str]:
    """The variables of an environment of its own, into which a test may install packages: it has
    all that this one has, and needs no network.
    """
    place = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    (site,) = place.glob("lib/python*/site-packages")
    shared = [str(SOURCE), *(path for path in sys.path if path.endswith("site-packages"))]
    (site / "shared.pth").write_text("\n".join(shared) + "\n")
    for tool in ("mtdbench", "pip", "snakemake"):
        script = place / "bin" / tool
        script.write_text(f'#!/bin/sh\nexec "{place}/bin/python" -m {tool} "$@"\n')
        script.chmod(0o755)
    return {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_BUILD_ISOLATION": "0",  # sets it, whatever it looks like
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
