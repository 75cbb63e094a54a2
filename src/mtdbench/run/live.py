"""What the guard knows about the run that its child is at."""

import time
from dataclasses import dataclass, field, replace

from mtdbench.run.fairness import Talk, stands
from mtdbench.run.hearing import End, Offered, Turn, usable
from mtdbench.run.job import Conduct, Record, Snapshot
from mtdbench.run.status import Status

PHASES = ("setup", "clock", "over")

MOST_KEPT = 2**28
"""Bytes of a run's history; later estimates replace each other."""


@dataclass(slots=True)
class Live:
    """The phase of a run (`setup`, `clock` or `over`), the time spent in each, and its snapshots.

    Attributes
    ----------
    cpu : float
        CPU seconds of its processes, on a clock that never stops.
    since, cpu_since : float
        When the present phase began, on the monotonic clock and on that one.
    start_seconds : float
        Of the set-up that a killed run answers for: what its process took to start.
    """

    cpu: float = 0.0
    since: float = field(default_factory=time.monotonic)
    cpu_since: float = 0.0
    start_seconds: float = 0.0
    phase: str = "setup"
    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))
    used: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))
    peak: float = 0.0
    device: str = "unknown"
    kept: list[Snapshot] = field(default_factory=list)
    kept_bytes: int = 0
    last: Snapshot | None = None
    estimates: int = 0
    said_bytes: int = 0
    blocks: int = 0
    told: list[str] = field(default_factory=list)
    looked_for: list[str] = field(default_factory=list)
    strange: int = 0

    handed: bool = False

    def enter(self, event: Turn) -> None:
        """Change to a phase."""
        self.spent[self.phase], self.used[self.phase] = self.seconds(), self.cpu_seconds()
        self.blocks += event.name == "setup"
        self.phase, self.since, self.cpu_since = event.name, time.monotonic(), self.cpu

    def seconds(self, phase: str = "") -> float:
        """Wall seconds spent in a phase so far, the present one where none is named."""
        phase = phase or self.phase
        return self.spent[phase] + (phase == self.phase) * (time.monotonic() - self.since)

    def cpu_seconds(self, phase: str = "") -> float:
        """The same in CPU seconds."""
        phase = phase or self.phase
        return self.used[phase] + (phase == self.phase) * (self.cpu - self.cpu_since)

    def add_cpu(self, total: float) -> None:
        """Add what was used unseen: the kernel says in the end that it was `total` altogether."""
        phase = "clock" if self.spent["clock"] or self.phase == "clock" else "setup"
        self.used[phase] += max(total - self.cpu, 0.0)

    def take(self, event: Offered, length: int) -> None:
        """Note a snapshot of a line of that length; only those to keep, and the last, stay."""
        self.device = event.device
        self.estimates, self.said_bytes = self.estimates + 1, self.said_bytes + length
        self.last = self._timed(event.snapshot)
        grown = not self.kept or self.last.wall_seconds >= self.kept[-1].wall_seconds
        if event.keep and grown and self.kept_bytes + length <= MOST_KEPT:
            self.kept.append(self.last)
            self.kept_bytes += length

    def record(
        self, status: Status, reason: str, claim: End | None, conduct: Conduct, size: int
    ) -> Record:
        """The record of the run.

        Parameters
        ----------
        status, reason
            What it ended as.
        claim : End or None
            What it says itself; None for one that did not live to say it.
        conduct : Conduct
            What is known but for what this object knows.
        size : int
            n, the number of coefficients; 0 where it is not known, and no snapshot is believed.
        """
        shown = self._shown()
        snapshots = [snapshot for snapshot in shown if usable(snapshot, size)]
        if status.ended and not snapshots:
            status, reason = Status.CRASHED, f"said that it ended as {status}, without an estimate"
        seen, seen_cpu, talk = self.seconds("clock"), self.cpu_seconds("clock"), self._talk()
        wall = stands(claim.wall_seconds, seen, talk.wall_allowance()) if claim else seen
        least = claim or self.last
        cpu = least.cpu_seconds if least else 0.0
        cpu = stands(cpu, seen_cpu, talk.cpu_allowance()) if claim else max(cpu, seen_cpu)
        setup, waited = claim.setup_seconds if claim else 0.0, self.seconds("setup")
        waited -= self.start_seconds if claim else 0.0
        return Record(
            status,
            reason,
            wall_seconds=wall,
            cpu_seconds=cpu,
            setup_seconds=stands(setup, waited, talk.wall_allowance()) if claim else waited,
            peak_rss_mib=max(self.peak, claim.peak_rss_mib if claim else 0.0),
            device=claim.device if claim else self.device,
            snapshots=snapshots,
            conduct=replace(
                conduct,
                told=self.told,
                looked_for=self.looked_for,
                strange_events=self.strange + (len(shown) - len(snapshots) if size else 0),
                hidden_wall_seconds=wall - claim.wall_seconds if claim else 0.0,
                hidden_cpu_seconds=cpu - claim.cpu_seconds if claim else 0.0,
            ),
        )

    def _talk(self) -> Talk:
        setup = self.seconds("setup")
        return Talk(self.estimates, self.said_bytes, self.blocks, setup, self.peak)

    def _timed(self, snapshot: Snapshot) -> Snapshot:
        talk = self._talk()
        wall = stands(snapshot.wall_seconds, self.seconds("clock"), talk.wall_allowance())
        cpu = stands(snapshot.cpu_seconds, self.cpu_seconds("clock"), talk.cpu_allowance())
        if (wall, cpu) == (snapshot.wall_seconds, snapshot.cpu_seconds):
            return snapshot
        return replace(snapshot, wall_seconds=wall, cpu_seconds=cpu)

    def _shown(self) -> list[Snapshot]:
        """The snapshots kept, and the last one in any case."""
        every = self.kept
        if self.last is not None and not (every and self.last is every[-1]):
            every = [*every, self.last]
        return every
