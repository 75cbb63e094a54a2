"""Where a run may read and write: its own folder, the caches, and what its options name."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from mtdbench.run.job import Job

DATASET_FILES = {
    *("truth.npz", "placement.npz", "dataset.json", "measurement.npy"),
    *("marks.npz", "reference.npy"),
}
CACHE = "JAX_COMPILATION_CACHE_DIR"
MOST_FILES = 10_000
"""More files than these are not counted in a working directory."""


@contextmanager
def working_folder(inside: Path | None = None) -> Iterator[Path]:
    """An empty folder; nothing of it is left after the block, whatever was put into it."""
    folder = Path(tempfile.mkdtemp(prefix="mtdbench-", dir=inside))
    try:
        yield folder
    finally:
        try:
            shutil.rmtree(folder, ignore_errors=True)
        except RecursionError:  # folders in folders in folders
            subprocess.run(["rm", "-rf", str(folder)], check=False)


def contents(folder: Path) -> tuple[int, int]:
    """How many files lie in a folder, links left out, and their bytes; at most `MOST_FILES`.

    A folder in it that is empty, or lies too deep to be looked into, counts as a file.
    """
    closed: list[OSError] = []
    files = size = 0
    for place, folders, names in os.walk(folder, onerror=closed.append):
        files += not folders and not names and place != str(folder)
        for name in names[:MOST_FILES]:
            try:
                status = os.lstat(os.path.join(place, name))  # noqa: PTH118  # depth without end
            except OSError:
                continue
            link = (status.st_mode & 0o170000) == 0o120000
            files, size = files + (not link), size + (0 if link else 512 * status.st_blocks)
        if files >= MOST_FILES:
            break
    return files + sum(not isinstance(error, FileNotFoundError) for error in closed), size


def hidden_paths(jobs: Iterable[Job]) -> list[Path]:
    """What no run may read: the results of its study, other studies' beside them, its study file,
    the folder of data with what people marked in them.

    What Python needs is never among them: where it lies in a folder of results, less is hidden.
    """
    needed = {Path(entry or ".").resolve() for entry in (sys.prefix, sys.base_prefix, *sys.path)}
    found = {_results(Path(job.measurement).resolve(), needed) for job in jobs}
    if study := os.environ.get("MTDBENCH_STUDY"):
        found.add(Path(study).resolve())
    if data := os.environ.get("MTDBENCH_DATA"):
        folder = Path(data).resolve()
        found |= set() if any(n.is_relative_to(folder) for n in needed) else {folder}
    return sorted(found)


def _results(measurement: Path, needed: Iterable[Path]) -> Path:
    """The widest folder of results that a measurement lies in and that nothing needed does."""
    above = measurement.parents
    wider = []
    if len(above) > 4 and above[2].name == "data":
        wider = [*([above[4]] if above[4].name == "results" else []), above[3], above[2]]
    free = [folder for folder in wider if not any(n.is_relative_to(folder) for n in needed)]
    return free[0] if free else above[0]


def named_files(jobs: Iterable[Job]) -> list[Path]:
    """Files and folders that options of jobs name, as they are written there.

    Of what is hidden otherwise only files, none of a data set among them, and the coefficients in a
    folder that `mtdbench estimate` wrote.
    """
    texts = {v for job in jobs for v in job.options.values() if isinstance(v, str) and v}
    closed = hidden_paths(jobs)
    found = [_nameable(Path(text), closed) for text in sorted(texts) if len(text) < 4096]
    return [path for path in found if path is not None]


def _nameable(path: Path, closed: Iterable[Path]) -> Path | None:
    try:
        real = path.resolve()
        if not real.exists() or any(folder.is_relative_to(real) for folder in closed):
            return None
        if not any(real.is_relative_to(folder) for folder in closed):
            return path
        file = path / "coefficients.npy" if real.is_dir() else path
        return file if file.is_file() and real.name not in DATASET_FILES else None
    except (OSError, ValueError, RuntimeError):  # no path at all
        return None


def link_named_files(files: Iterable[Path], folder: Path) -> None:
    """Let relative names in options mean the same files from a working directory."""
    for path in files:
        if not path.is_absolute() and ".." not in path.parts and path.parts:
            link = folder / path
            with suppress(OSError):  # two options name a folder and what is in it
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(path.resolve())


def cache_folder(plugin: str = "") -> Path:
    """Where compiled programs are kept; those of a plugin apart from all others, since whoever can
    write to a cache can change what is computed by those who read it.
    """
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get(CACHE) or Path(caches) / "mtdbench" / "jax")
    own = quote(plugin, safe="").replace(".", "%2E")  # no name leads to another's folder
    return folder.absolute() / "plugins" / own if plugin else folder.absolute()
