"""Finds out how a Slurm cluster tells what has become of a job."""

import shutil
import subprocess
from typing import Any


def has_accounting() -> bool:
    """Whether `sacct` knows the jobs of this cluster; it may be there and switched off."""
    sacct = shutil.which("sacct")
    if sacct is None:
        return False
    try:
        asked = [sacct, "--allocations", "--noheader", "--starttime=now"]
        return subprocess.run(asked, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def choose_status_command(settings: Any) -> None:
    """Let Snakemake's executor for Slurm ask `sacct` where there is accounting, else `squeue`.

    Parameters
    ----------
    settings : snakemake_executor_plugin_slurm.ExecutorSettings, or of another executor
        The latter are left as they are.
    """
    if hasattr(settings, "status_command"):
        settings.status_command = "sacct" if has_accounting() else "squeue"
