"""The command line, from outside: nothing of mtdbench is imported, so that the same tests run
against an older revision too, where each of them fails or is of no use:

    cp -r tests/fell_short SCRATCH
    MTDBENCH_TREE=OLD PYTHONPATH= OLD/.venv/bin/python -m pytest -m "system or not system" SCRATCH
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

HERE = Path(__file__).parent
TREE = Path(os.environ.get("MTDBENCH_TREE", HERE.parents[1]))
SWEEP = {"name": "a", "space": "line", "window": 6, "size": 500, "snr": 4, "density": 0.2}
STUDY: dict[str, Any] = {
    "name": "s",
    "limits": {"seconds": 20, "setup_seconds": 60, "memory_mib": 2000},
    "sweeps": [{**SWEEP, "trials": 1}],
}
Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Bench:
    """A folder with the workflow in it, and the tools that are run there.

    Attributes
    ----------
    place : Path
        Where commands are run.
    sites : tuple of Path
        Folders with packages, first on the path of Python.
    """

    place: Path
    sites: tuple[Path, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """That of all commands: with the packages, and with the tools of this interpreter."""
        path = [*map(str, self.sites), *filter(None, [os.environ.get("PYTHONPATH")])]
        tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": tools, "PYTHONPATH": os.pathsep.join(path)}

    def run(self, *words: object, timeout: float = 120, **variables: str) -> Done:
        """Run a module of Python with the given words."""
        return subprocess.run(
            [sys.executable, "-m", *map(str, words)], cwd=self.place, timeout=timeout,
            env=self.environment | variables, capture_output=True, text=True, errors="replace",
        )  # fmt: skip

    def mtdbench(self, *words: object, **more: Any) -> Done:
        """Run a verb."""
        return self.run("mtdbench", *words, **more)

    def write(self, *estimators: Any, name: str = "study.yaml", **changes: Any) -> str:
        """Write a study of some estimators."""
        named = [{"name": e} if isinstance(e, str) else e for e in estimators]
        study = {**STUDY, "estimators": named, **changes}
        (self.place / name).write_text(yaml.safe_dump(study))
        return name

    def snakemake(self, study: str, *words: object, **more: Any) -> Done:
        """Run the workflow on a study, up to its table."""
        target = ["--", "results/s/table.parquet"]
        config = ["--cores", "2", "--config", f"study={study}"]
        return self.run("snakemake", *words, *config, *target, **more)

    def jobs(self, study: str) -> dict[str, int]:
        """What a dry run would do, rule by rule."""
        done = self.snakemake(study, "-n")
        assert done.returncode == 0, done.stderr
        found = re.findall(r"^(\w+) +(\d+)$", done.stderr + done.stdout, re.MULTILINE)
        return {rule: int(count) for rule, count in found if rule != "total"}

    def rows(self) -> pd.DataFrame:
        """The table that was made, by estimator."""
        table = pd.read_parquet(self.place / "results" / "s" / "table.parquet")
        return table.set_index("estimator")


Benches = Callable[..., Bench]


def install(site: Path, package: str, text: str, entries: dict[str, str]) -> Path:
    """A folder that, on the path, makes a module's functions registered estimators."""
    metadata = site / f"{package}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / f"{package}.py").write_text(text)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = ["[mtdbench.estimators]", *(f"{name} = {value}" for name, value in entries.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return site


@pytest.fixture(scope="session")
def make_bench(tmp_path_factory: pytest.TempPathFactory) -> Benches:
    """Makes benches: with the estimators of `villains.py`, or those of a module of its own."""

    def make(text: str = "", **entries: str) -> Bench:
        place = tmp_path_factory.mktemp("bench")
        for name in ("Snakefile", "profiles", "environment.yaml", "config"):
            (place / name).symlink_to(TREE / name)
        if text:
            return Bench(place, (install(place / "site", "broken", text, entries),))
        text = (HERE / "villains.py").read_text()
        names = re.findall(r"^def (\w+)\(measurement", text, re.MULTILINE)
        entries = {name: f"villains:{name}" for name in names}
        return Bench(place, (install(place / "site", "villains", text, entries),))

    return make


@pytest.fixture
def bench(make_bench: Benches) -> Bench:
    """A bench of the test's own."""
    return make_bench()
