"""Jobs do not outlive the workflow that started them.

A workflow that is killed outright (SIGKILL) cannot stop its jobs. Were they to go on, they would
take the cores of the workflow that is started next and spoil its timings.
"""

import os
import threading
import time

OWNER = "MTDBENCH_OWNER"
OWNER_POLL_SECONDS = 0.5


def watch_owner() -> None:
    """End this process soon after the one whose id is in `MTDBENCH_OWNER`, if there is one."""
    owner = os.environ.get(OWNER, "")
    if owner.isdigit():
        threading.Thread(target=_watch, args=(int(owner),), daemon=True).start()


def _watch(owner: int) -> None:
    while _alive(owner):
        time.sleep(OWNER_POLL_SECONDS)
    os._exit(1)  # its guarded runs die with it


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
