"""The process that runs are forked from: `python -P -m mtdbench.run.worker FD PARENT`.

It has loaded what every run needs and never calls an estimator, so that each run begins in the same
state, at the price of a fork. It adopts what a run leaves behind and ends it.
"""

import gc
import os
import resource
import shutil
import signal
import socket
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from mtdbench.run.messages import receive_message, send_message
from mtdbench.run.parting import adopt_orphans, die_with, reap, sweep


def main() -> None:
    """Fork a process for each order that comes in on the socket FD, and tell how it ended."""
    descriptor, parent = map(int, sys.argv[1:])
    places = set[str]()
    signal.signal(signal.SIGTERM, lambda *_: _leave(parent, places))
    die_with(parent, signal.SIGTERM)
    adopt_orphans()
    control = socket.socket(fileno=descriptor)
    os.set_inheritable(descriptor, False)
    from mtdbench.run.session import run_session, warm_up

    warm_up()
    gc.collect()
    gc.freeze()  # a collection in a forked process leaves what is shared alone

    while message := receive_message(control):
        order, descriptors = message
        places.add(os.path.dirname(order["folder"]))  # noqa: PTH120
        sizes = [_size(facts) for facts in order["jobs"]]
        before, me = _children_cpu(), os.getpid()
        pid = os.fork()
        if pid == 0:
            control.close()
            run_session(order, descriptors, me)
        for descriptor in descriptors:
            os.close(descriptor)
        send_message(control, {"pid": pid, "sizes": sizes})
        code = _wait(pid)
        left = sweep()
        used = _children_cpu() - before
        send_message(control, {"code": code, "cpu_seconds": used, "left_processes": left})
    sweep()


def _size(facts: dict[str, Any]) -> int:
    """n of a job's space; 0 where there is no such space, as its run will say."""
    from mtdbench.spaces import make_space

    try:
        return make_space(facts["space"], facts["window"], facts["basis"]).size
    except Exception:
        return 0


def _wait(pid: int) -> int:
    """The exit code of a child, negative for a signal; others that end meanwhile are reaped."""
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == pid:
            return os.waitstatus_to_exitcode(status)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _leave(parent: int, places: Iterable[str]) -> NoReturn:
    """End with all that was started; in place of a guard that was killed, clear up after it."""
    sweep()
    reap()
    if os.getppid() != parent:
        for place in places:
            shutil.rmtree(place, ignore_errors=True)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)  # so that whoever waits for it learns why it ended
    os._exit(1)


if __name__ == "__main__":
    main()
