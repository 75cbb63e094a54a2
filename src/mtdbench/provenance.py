"""Where and with what something was run."""

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mtdbench.version import __version__

PACKAGES = ("numpy", "scipy", "jax", "jaxlib", "pymanopt", "pandas", "snakemake")


def versions() -> dict[str, str]:
    """Versions of Python, of this package and of what results may depend on."""
    found = {"mtdbench": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


@cache
def commit() -> str:
    """The commit of the source that runs, with `-dirty` for uncommitted changes, or `unknown`."""
    package = Path(__file__).parent
    root = package.parents[1]
    if not (root / ".git").exists() or root / "src" / "mtdbench" != package:
        return "unknown"
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        answer = subprocess.run(
            [*command, "--exclude=*"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return answer.stdout.strip() or "unknown"


def cpu() -> str:
    """The processor's name."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def machine() -> dict[str, Any]:
    """Host, processor, number of cores and system."""
    return {
        "host": platform.node(),
        "cpu": cpu(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
    }
