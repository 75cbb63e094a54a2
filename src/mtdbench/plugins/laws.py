"""The laws that every estimator has to keep, each judged by what was seen of its runs.

A law is a function of an `Observation`; it returns what was broken, in one line, or nothing.
"""

from collections.abc import Callable

from mtdbench.plugins.observation import Observation, differ

LawOfConduct = Callable[[Observation], str]

MOST_PRINTED = 2**20
"""Bytes that a run may print."""

SETUP_AGAIN = 2.0
"""Seconds of set-up that a repeated run may take beside twice what the import of its package takes:
what was compiled once lies in a cache.
"""

BESIDE_SECONDS = 0.5
"""CPU seconds that a run on one thread may take beyond its time on the clock, or half of that."""


def ends(seen: Observation) -> str:
    """It comes to an end, with finite estimates of the right shape."""
    if not seen.first.status.failed:
        return ""
    tail = "".join(f"\n        {line}" for line in seen.log_tail.splitlines())
    return f"ended as {seen.first.status}: {seen.first.reason}{tail}"


def measurement(seen: Observation) -> str:
    """It leaves the measurement alone."""
    return "" if seen.is_unchanged else "changed the measurement"


def files(seen: Observation) -> str:
    """It leaves no files in its working directory."""
    count = max(record.conduct.files for record in seen.records)
    size = max(record.conduct.file_bytes for record in seen.records)
    return f"left {count} files of {size} bytes in its working directory" if count else ""


def output(seen: Observation) -> str:
    """It prints at most 1 MB in a run."""
    printed = max(record.conduct.printed_bytes for record in seen.records)
    return f"printed {printed / 1e6:.1f} MB in a run" if printed > MOST_PRINTED else ""


def processes(seen: Observation) -> str:
    """It leaves no process behind."""
    left = max(record.conduct.left_processes for record in seen.records)
    return f"left {left} processes behind, which were killed" if left else ""


def channel(seen: Observation) -> str:
    """It says nothing in the place of mtdbench, on the channel on which its run is followed."""
    strange = max(record.conduct.strange_events for record in seen.records)
    return f"wrote {strange} lines into the channel of its run; they are ignored" if strange else ""


def repeats(seen: Observation) -> str:
    """It gives the same again with the same seed, in the same process and in another."""
    if any(differ(seen.repeated[0], record) for record in seen.repeated[1:]):
        return "gave something else in a second run of the same process, with the same seed"
    if seen.control and differ(seen.first, seen.control):
        return "gave something else in another process, with the same seed"
    return ""


def truth(seen: Observation) -> str:
    """It reads neither the truth nor the placement, nor the recipe, unless it is told them."""
    if seen.is_told:
        return ""
    names = sorted({name for record in seen.records for name in record.conduct.looked_for})
    if names:
        return f"tried to open {', '.join(names)}"
    if seen.is_opened:
        return "opened the files of the truth"
    depends = bool(seen.repeated) and differ(seen.first, seen.repeated[0])
    if depends and seen.control and not differ(seen.first, seen.control):
        return "gave something else when only the files of the truth were others"
    return ""


def set_up(seen: Observation) -> str:
    """It hides no work in set-up: what was compiled once is not set up again."""
    first, again = seen.first.setup_seconds, seen.repeated[-1].setup_seconds
    allowed = max(SETUP_AGAIN + 2 * seen.import_seconds, seen.repeated[-1].wall_seconds)
    if again > allowed and again > first / 2:
        return (
            f"took {again:.1f} s of set-up again in a repeated run, after {first:.1f} s,"
            f" beside {seen.repeated[-1].wall_seconds:.1f} s on the clock"
        )
    return ""


def clock(seen: Observation) -> str:
    """It does its work on the clock and on the threads that it was given."""
    for record in seen.records:
        hidden = max(record.conduct.hidden_wall_seconds, record.conduct.hidden_cpu_seconds)
        if hidden > 0:
            return f"worked {hidden:.1f} s that its own clock did not see; they are counted"
        beside = record.cpu_seconds - record.wall_seconds
        if beside > max(BESIDE_SECONDS, 0.5 * record.wall_seconds):
            return (
                f"took {record.cpu_seconds:.1f} CPU s in {record.wall_seconds:.1f} s on one thread:"
                " it works in more threads or processes than it was given, or beside the clock"
            )
    return ""


FIRST_LAWS: dict[str, LawOfConduct] = {
    "ends": ends,
    "measurement": measurement,
    "files": files,
    "output": output,
    "processes": processes,
    "channel": channel,
}
"""What the first run shows."""

LATER_LAWS: dict[str, LawOfConduct] = {
    "repeats": repeats,
    "truth": truth,
    "setup": set_up,
    "clock": clock,
}
"""What further runs show."""
