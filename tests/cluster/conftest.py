"""A Slurm of one node, and a folder in which the workflow runs on it."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("slurm.sh")
HASTY = Path(__file__).with_name("hasty.py")
RUDE = ("holds", "outlives", "cancels")


def slurm_sh(*arguments: str) -> None:
    """Run the script; what it says is the reason for a skip."""
    done = subprocess.run(
        ["bash", str(SCRIPT), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no Slurm here: {done.stderr.strip() or done.stdout.strip()}")


@pytest.fixture(scope="session")
def start_slurm() -> Iterator[Callable[..., None]]:
    """Starts a Slurm of one node, with `"accounting"` or without; it is stopped in the end."""
    if os.geteuid() or not sys.platform.startswith("linux"):
        pytest.skip("no Slurm here: needs Linux and root")
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        pytest.skip('no Slurm here: needs pip install "mtdbench[slurm]"')
    slurm_sh("install")
    yield lambda *form: slurm_sh("start", *form)
    subprocess.run(["bash", str(SCRIPT), "stop"], check=False)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder that, on the path, makes the estimators of `rude.py` registered ones."""
    folder = tmp_path / "site"
    metadata = folder / "rude-1.0.dist-info"
    metadata.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("rude.py"), folder)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: rude\nVersion: 1.0\n")
    lines = ["[mtdbench.estimators]", *(f"{name} = rude:{name}" for name in RUDE)]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def workflow(tmp_path: Path, site: Path) -> Callable[..., tuple[str, pd.DataFrame]]:
    """Runs a study in a folder of its own, by `hasty.py`; what Snakemake said, and the table."""
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": tools, "PYTHONPATH": path}

    def run(name: str, study: dict[str, Any] | Path, *options: str) -> tuple[str, pd.DataFrame]:
        place = tmp_path / name
        place.mkdir()
        for part in ("Snakefile", "profiles", "environment.yaml", "config"):
            (place / part).symlink_to(ROOT / part)
        config = []
        if isinstance(study, dict):
            (place / "study.yaml").write_text(yaml.safe_dump(study))
            config = ["--config", "study=study.yaml"]
        done = subprocess.run(
            [sys.executable, HASTY, *options, *config],
            cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=3000,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-6000:]
        (table,) = (place / "results").glob("*/table.parquet")
        return done.stderr, pd.read_parquet(table)

    return run
