"""How much memory processes hold, and held at most."""

import resource
from pathlib import Path

import psutil

MIB = 2**20


def forget_peak() -> None:
    """Let `peak_mib` count from now on, where the kernel can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_mib() -> float:
    """The most resident memory that this process held since `forget_peak`, MiB."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident_mib(processes: list[psutil.Process]) -> float:
    """Resident memory of some processes together, MiB; those that are gone count nothing."""
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total / MIB


def process_family(process: psutil.Process) -> list[psutil.Process]:
    """A process with all its descendants."""
    pending, members = [process.pid], []
    try:
        while pending:
            pid = pending.pop()
            members.append(psutil.Process(pid) if pid != process.pid else process)
            # Far quicker than a walk over every process of a large machine.
            for thread in Path(f"/proc/{pid}/task").iterdir():
                pending += map(int, (thread / "children").read_text().split())
        return members
    except (OSError, psutil.Error):
        return [process, *_descendants(process)]


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []
