"""Feed damaged files to every reader, and see that each is accepted or refused in one line.

    python tools/fuzz.py --inputs 100000 --seed 1
    python tools/fuzz.py --inputs 2000 --only study --only "table .parquet"

Inputs are valid files with damage to their bytes, and study files made by their structure. A
reader may accept an input, or raise `InputError` with one plain line, or an exception that it is
documented to raise. Anything else is a fault: a traceback, more than --seconds, more than --memory,
the end of the process. So is, for whole commands, more than one line or a file left behind. The
inputs of faults are kept in --keep; the exit code is 1 if there is any.
"""

import argparse
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "fuzz"))

from fuzzing.byte_mutations import mutated
from fuzzing.judging import ACCEPTED, REFUSED, Reader, judge
from fuzzing.readers import all_readers
from fuzzing.study_texts import TEXTS
from fuzzing.whole_commands import all_commands

MIB = 2**20
COMMANDS = 100
"""As many inputs to readers come to one of a whole command."""
STRUCTURED = "study"
"""The reader half of whose inputs are made by their structure."""
CHUNK = 200
"""Structured inputs that are made together."""
STUCK_SECONDS = 60.0
"""Without an answer, a process is taken for stuck beyond the reach of its own clock."""


@dataclass
class Tally:
    """What became of the inputs of a reader."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    faults: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, verdict: str, data: bytes) -> None:
        """One input more."""
        known = verdict in (ACCEPTED, REFUSED)
        self.counts[verdict if known else "faults"] += 1
        if not known:
            self.faults.append((verdict, data))


def byte_inputs(reader: Reader, seed: int, start: int, count: int) -> Iterator[bytes]:
    """Damaged files, each the same wherever the count begins."""
    for number in range(start, count):
        yield mutated(random.Random(f"{seed}/{reader.name}/{number}"), reader.valid)


def structured_inputs(seed: int, start: int, count: int) -> Iterator[bytes]:
    """Study files, from the chunk on that holds number `start`."""
    for first in range(start - start % CHUNK, count, CHUNK):
        made: list[str] = []

        @hypothesis.seed(seed + first)
        @hypothesis.settings(
            max_examples=CHUNK, database=None, deadline=None, suppress_health_check=[*HealthCheck],
            phases=[hypothesis.Phase.generate],
        )  # fmt: skip
        @hypothesis.given(TEXTS)
        def keep(text: str) -> None:
            made.append(text)  # noqa: B023 - it is called here

        keep()
        texts = [made[n % len(made)] for n in range(min(CHUNK, count - first))]
        yield from (text.encode("utf-8", "surrogatepass") for text in texts)


def work(readers: list[Reader], tasks: Connection, seconds: float, memory_mib: int) -> None:
    """In a process of its own: judge what is asked for, and say what became of each input."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + memory_mib * MIB,) * 2)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - until the process ends
    os.dup2(sys.stderr.fileno(), 2)
    while (task := tasks.recv()) is not None:
        number, structured, seed, start, count = task
        reader = readers[number]
        inputs = (
            structured_inputs(seed, start, count) if structured
            else byte_inputs(reader, seed, start, count)
        )  # fmt: skip
        for data in inputs:
            tasks.send_bytes(data)
            with tempfile.TemporaryDirectory(dir=SHM) as folder:
                path = Path(folder) / reader.file
                path.parent.mkdir(parents=True, exist_ok=True)
                verdict = judge(reader, data, Path(folder), seconds)
            tasks.send(verdict)
        tasks.send(None)


SHM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where inputs are written: in memory, where there is such a file system."""


class Workplace:
    """A process that judges, made anew when it ends."""

    def __init__(self, readers: list[Reader], seconds: float, memory_mib: int) -> None:
        self.given = readers, seconds, memory_mib
        self._start()

    def _start(self) -> None:
        readers, seconds, memory_mib = self.given
        context = multiprocessing.get_context("fork")
        self.channel, theirs = context.Pipe()
        arguments = (readers, theirs, seconds, memory_mib)
        self.process = context.Process(target=work, args=arguments, daemon=True)
        self.process.start()
        theirs.close()

    def judge_all(self, number: int, structured: bool, seed: int, count: int, tally: Tally) -> None:
        """Have the inputs of a reader judged."""
        begun, done = time.monotonic(), 0
        while done < count:
            self.channel.send((number, structured, seed, done, count))
            data = b""
            try:
                while done < count:
                    data = self._input()
                    tally.add(str(self._next()), data)
                    done += 1
                self._next()  # that it has come to the end
            except (EOFError, TimeoutError, OSError) as error:
                ended = f"its process {error}" if str(error) else "its process ended"
                self.process.kill()
                self.process.join()
                tally.add(f"{ended} (exit code {self.process.exitcode})", data)
                done = (done // CHUNK + 1) * CHUNK if structured else done + 1
                self._start()
        tally.seconds += time.monotonic() - begun

    def _input(self) -> bytes:
        self._wait()
        return self.channel.recv_bytes()

    def _next(self) -> object:
        self._wait()
        return self.channel.recv()

    def _wait(self) -> None:
        if not self.channel.poll(STUCK_SECONDS):
            raise TimeoutError("was stuck")

    def close(self) -> None:
        """End the process."""
        with suppress(OSError):
            self.channel.send(None)
        self.process.join(STUCK_SECONDS)


def shares(readers: list[Reader], inputs: int) -> list[int]:
    """How many inputs each reader has, by the weights."""
    whole = sum(reader.weight for reader in readers)
    return [max(1, -int(-inputs * reader.weight // whole)) for reader in readers]


def summary(tallies: dict[str, Tally]) -> str:
    """A line for each reader, and one for all."""
    lines = [f"{'reader':26} {'inputs':>8} {'accepted':>9} {'refused':>8} {'faults':>7} {'s':>6}"]
    for name, tally in tallies.items():
        counts = [tally.counts[kind] for kind in (ACCEPTED, REFUSED, "faults")]
        numbers = " ".join(f"{n:>{w}}" for n, w in zip(counts, (9, 8, 7), strict=True))
        lines.append(f"{name:26} {sum(counts):>8} {numbers} {tally.seconds:>6.0f}")
    return "\n".join(lines)


def together(tallies: dict[str, Tally]) -> Tally:
    """All inputs."""
    whole = Tally()
    for tally in tallies.values():
        whole.counts += tally.counts
        whole.seconds += tally.seconds
    return whole


def keep_faults(tallies: dict[str, Tally], folder: Path) -> None:
    """Write the inputs of faults, and print what happened, each kind once."""
    seen: Counter[str] = Counter()
    for name, tally in tallies.items():
        for number, (what, data) in enumerate(tally.faults):
            kind = f"{name}: {what.strip().splitlines()[-1][:90]}"
            seen[kind] += 1
            if seen[kind] <= 2:
                folder.mkdir(parents=True, exist_ok=True)
                path = folder / f"{''.join(c if c.isalnum() else '-' for c in name)}-{number}"
                path.write_bytes(data)
                print(f"\n--- {name}, input {path}\n{what.strip()[-3000:]}")
    for kind, count in seen.items():
        print(f"{count:6} times {kind}")


def main() -> int:
    """Judge, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--inputs", type=int, default=100_000, help="(default: 100000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--seconds",
        type=float,
        default=3.0,
        help="that an input may take; a whole command five times that",
    )
    parser.add_argument("--memory", type=int, default=1024, help="MiB that an input may take")
    parser.add_argument("--only", action="append", metavar="READER", help="may be repeated")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-faults"), help="folder of faults")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        readers, commands = all_readers(Path(folder)), all_commands()
        counts = shares(readers, given.inputs) + shares(commands, given.inputs // COMMANDS)
        every = [*readers, *commands]
        place = Workplace(every, given.seconds, given.memory)
        tallies: dict[str, Tally] = {}
        for number, (reader, count) in enumerate(zip(every, counts, strict=True)):
            name = reader.name if reader in readers else f"mtdbench {reader.name}"
            if given.only and name not in given.only:
                continue
            tally = tallies.setdefault(name, Tally())
            made = count // 2 if reader.name == STRUCTURED and reader in readers else 0
            place.judge_all(number, False, given.seed, count - made, tally)
            place.judge_all(number, True, given.seed, made, tally)
        place.close()
    keep_faults(tallies, given.keep)
    print(summary({**tallies, "all": together(tallies)}))
    return int(any(tally.counts["faults"] for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
