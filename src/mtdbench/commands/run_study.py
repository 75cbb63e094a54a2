"""A whole study, by Snakemake, in the folder that one is in."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mtdbench.errors import InputError, unknown
from mtdbench.shipped import shipped_path
from mtdbench.study.find import scaled, study_path
from mtdbench.study.schema import load_study


def run_study(
    name: str,
    cores: int,
    *,
    scale: str = "full",
    profile: str = "default",
    data: Path | None = None,
    further: Sequence[str] = (),
) -> tuple[int, Path]:
    """Run a study from simulation to report, in `results/` of the working folder.

    Parameters
    ----------
    name : str
        A study file, or the name of a study of `config/` or of the package.
    cores : int
        How many cores to use; on a cluster, those of the process that submits the jobs.
    scale : str
        `full` or `reduced`.
    profile : str
        A profile that comes with the package: `default`, or `slurm`.
    data : Path or None
        The folder that `${data}` stands for in a study of files.
    further : sequence of str
        Further arguments of snakemake.

    Returns
    -------
    tuple of int and Path
        The exit code of snakemake, and where the report of the study lies or would lie.

    Raises
    ------
    InputError
        If there is no such study, scale or profile, or the study is not valid.
    """
    if cores < 1:
        raise InputError(f"--cores {cores}: expected at least 1")
    path = study_path(name)
    report = Path("results", scaled(load_study(path)[0], scale).name, "report.html").resolve()
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(shipped_path("Snakefile"))]
    command += ["--cores", str(cores), "--workflow-profile", str(_profile(profile)), *further]
    command += ["--config", f"study={path.resolve()}", f"scale={scale}"]
    command += [] if data is None else [f"data={data.resolve()}"]
    return subprocess.run(command, env=_environment(), check=False).returncode, report


def _profile(name: str) -> Path:
    """The folder of a profile that comes with the package."""
    folder = shipped_path("profiles")
    known = sorted(path.parent.name for path in folder.glob("*/config.yaml"))
    if name not in known:
        raise unknown("profile", name, known)
    return folder / name


def _environment() -> dict[str, str]:
    """The environment, in which the rules find the `mtdbench` of this interpreter first."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path}
