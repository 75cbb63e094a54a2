"""One rank of a run of a study: `python -P -m mtdbench.run.rank`, which `mtdbench.run.rank_launch`
starts.
"""

import faulthandler
import os
import socket
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from mtdbench.ranks.communicator import Ranks
from mtdbench.ranks.launch import own_ranks
from mtdbench.ranks.mpi_ranks import leave_world
from mtdbench.run.follow import shared_start
from mtdbench.run.handed import Handed, receive_inputs
from mtdbench.run.job import Job
from mtdbench.run.memory import forget_peak
from mtdbench.run.messages import receive_message, send_message
from mtdbench.run.prepare import prepare
from mtdbench.run.rank_launch import DOOR, WORD
from mtdbench.run.told_run import Ask, tell_run
from mtdbench.run.voice import Voice, watch_files

LEADER_WAITS_SECONDS = 5.0
"""How long rank 0 waits at the end for ranks that may be stuck."""
FOLLOWER_WAITS_SECONDS = 10.0
"""How long another rank that has failed waits for rank 0 to come to the same end."""
SEGMENT = "/dev/shm/mpich_shm_"


def main() -> None:
    """Take part in the run that is handed over at the door."""
    faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    word = os.environ.pop(WORD)
    with socket.socket(socket.AF_UNIX) as desk:
        desk.connect(DOOR)
        send_message(desk, {"word": word})
        message = receive_message(desk)
        if message is None:
            sys.exit("mtdbench: a rank of no run")
        content, (events,) = message
        job, voice = Job(**content["job"]), Voice(events, content["run"])
        if content["watched"]:
            watch_files(voice)
        forget_peak()
        ranks, ask = own_ranks(), partial(_ask, desk, word, job)
        ranks.agree(lambda: None)  # all have come
        forget_segment()
        if ranks.rank:
            _follow(job, ask, ranks)
        else:
            setup = time.perf_counter() - content["begun"]
            tell_run(job, voice, ask, ranks, setup)
            ranks.leave(LEADER_WAITS_SECONDS)
        leave_world()
        sys.stdout.flush()
        os._exit(0)  # at once: to take Python and JAX apart is no part of the run


def forget_segment() -> None:
    """Take away the name of the memory that MPICH shares on this node, which all ranks have by now:
    nothing is left of ranks that are killed.
    """
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return
    for path in {line.split(maxsplit=5)[-1] for line in lines if SEGMENT in line}:
        with suppress(OSError):
            Path(path).unlink()


def _ask(desk: socket.socket, word: str, job: Job, asked: tuple[str, ...]) -> Handed:
    send_message(desk, {"word": word, "asked": asked})
    return receive_inputs(desk, job)


def _follow(job: Job, ask: Ask, ranks: Ranks) -> None:
    """Take part; rank 0 says what goes wrong, unless it has not heard of it."""
    try:
        _, start = ranks.agree(lambda: prepare(job, inputs=ask, ranks=ranks))
        for _ in shared_start(start, ranks)():
            pass
    except BaseException as error:
        ranks.leave(FOLLOWER_WAITS_SECONDS, repr(error))
    else:
        ranks.leave(None)


if __name__ == "__main__":
    main()
