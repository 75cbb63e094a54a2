"""The log of runs: the beginning and the end of what each of them prints, and how much it was."""

from collections import deque
from contextlib import suppress
from typing import IO


class BoundedLog:
    """Writes to a file, of each section no more than a head and a tail.

    Parameters
    ----------
    sink : binary stream
    head, tail : int
        Bytes that are kept of the beginning of a section and of its end.

    Attributes
    ----------
    printed, total : int
        Bytes so far, of this section and of all.
    """

    def __init__(self, sink: IO[bytes], head: int, tail: int) -> None:
        self.sink, self.head, self.tail = sink, head, tail
        self.printed = self.total = 0
        self.kept: deque[bytes] = deque()
        self.waiting = 0

    def write(self, chunk: bytes) -> None:
        """Take note of what a run printed."""
        room = max(self.head - self.printed, 0)
        self.printed += len(chunk)
        self.total += len(chunk)
        if room:
            self._put(chunk[:room])
        if rest := chunk[room:]:
            self.kept.append(rest)
            self.waiting += len(rest)
            while self.waiting - len(self.kept[0]) >= self.tail:
                self.waiting -= len(self.kept.popleft())

    def end_section(self) -> int:
        """Write the tail; the bytes that were printed since the last section ended."""
        printed, tail = self.printed, b"".join(self.kept)[-self.tail :]
        left_out = printed - self.head - len(tail)
        if left_out > 0:
            self._put(f"\n... {left_out} of {printed} bytes left out ...\n".encode())
        self._put(tail)
        self.printed, self.waiting = 0, 0
        self.kept.clear()
        return printed

    def _put(self, data: bytes) -> None:
        with suppress(OSError):  # a full disk costs the log, not the run
            self.sink.write(data)
            self.sink.flush()
