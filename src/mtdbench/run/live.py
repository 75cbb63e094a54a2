"""What the guard knows about the run that its child is at."""

import time
from dataclasses import dataclass, field

from mtdbench.run.job import Record, Snapshot
from mtdbench.run.status import Status


@dataclass(slots=True)
class Live:
    """The phase of a run (`setup` or `clock`), the time spent in each, and its snapshots.

    `since` is when the present phase began, on the monotonic clock.
    """

    since: float = field(default_factory=time.monotonic)
    phase: str = "setup"
    spent: dict[str, float] = field(default_factory=lambda: {"setup": 0.0, "clock": 0.0})
    cpu_start: float | None = None
    cpu: float = 0.0
    peak: float = 0.0
    device: str = "unknown"
    kept: list[Snapshot] = field(default_factory=list)
    last: Snapshot | None = None

    def enter(self, phase: str) -> None:
        """Change to `phase`."""
        self.spent[self.phase] = self.seconds(self.phase)
        self.phase, self.since = phase, time.monotonic()

    def seconds(self, phase: str) -> float:
        """Wall seconds spent in `phase` so far."""
        running = time.monotonic() - self.since if phase == self.phase else 0.0
        return self.spent[phase] + running

    def take(self, snapshot: Snapshot, keep: bool) -> None:
        """Note a snapshot; only those to keep, and the last, stay."""
        self.last = snapshot
        if keep:
            self.kept.append(snapshot)

    def snapshots(self) -> list[Snapshot]:
        """Those kept, and the last one in any case."""
        if self.last is None or self.last is self.kept[-1]:
            return self.kept
        return [*self.kept, self.last]

    def record(self, status: Status, reason: str) -> Record:
        """The record of a run that did not live to write its own."""
        measured = 0.0 if self.cpu_start is None else self.cpu - self.cpu_start
        return Record(
            status,
            reason,
            wall_seconds=self.seconds("clock"),
            cpu_seconds=max(measured, self.last.cpu_seconds if self.last else 0.0),
            setup_seconds=self.seconds("setup"),
            peak_rss_mib=self.peak,
            device=self.device,
            snapshots=self.snapshots(),
        )
