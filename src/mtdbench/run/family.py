"""A process's descendants: what they hold and have used together, whoever started them."""

import time

import psutil

from mtdbench.run.memory import process_family, resident_mib

FAMILY_SECONDS = 0.2
"""How often new descendants are looked for: a run rarely has any, and the search costs more."""


class Family:
    """The descendants of a process, without itself.

    Parameters
    ----------
    root : psutil.Process
        A process that adopts its orphaned descendants.
    """

    def __init__(self, root: psutil.Process) -> None:
        self.root = root
        self.members: list[psutil.Process] = []
        self.searched = 0.0
        self.own: dict[int, float] = {}
        self.total = 0.0

    def search(self, *, now: bool = False) -> None:
        """Look for new members, if it is time, or asked for at once."""
        if now or time.monotonic() - self.searched > FAMILY_SECONDS:
            self.members, self.searched = process_family(self.root)[1:], time.monotonic()

    def memory_mib(self) -> float:
        """Resident memory of all, MiB."""
        return resident_mib(self.members)

    def cpu_seconds(self) -> float:
        """CPU seconds of all since the first call, those that have ended included; never less than
        it was.
        """
        living = 0.0
        for member in self.members:
            try:
                times = member.cpu_times()
            except psutil.Error:
                continue
            living += sum(times[:4])
            # Its own alone: of a child that nobody waits for, it is all that is ever known.
            self.own[member.pid] = max(self.own.get(member.pid, 0.0), sum(times[:2]))
        self.total = max(self.total, living, sum(self.own.values()))
        return self.total
