"""A run in several ranks: its guarded process starts them and hands each what it was handed itself.

Launchers of MPI need not leave open descriptors to what they start. So each rank comes to a socket
in the working directory, which nobody else is served at, and gets them there.
"""

import faulthandler
import os
import secrets
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtdbench.ranks.launch import launch_command
from mtdbench.run.drive import failure
from mtdbench.run.job import Job
from mtdbench.run.messages import receive_message, send_message
from mtdbench.run.stopwatch import Stopwatch
from mtdbench.run.told_run import tell_end
from mtdbench.run.voice import Voice

DOOR, WORD = ".ranks", "MTDBENCH_RANKS_WORD"
DESK_SECONDS = 0.05
SCHEDULERS = ("SLURM_", "PBS_", "LSB_", "PMI_", "PMIX_", "OMPI_", "PRTE_", "PALS_", "MPI_LOCAL")
"""What the variables are called by which a launcher would leave this node, or take itself for a
rank of another run.
"""
HERE_ALONE = {
    "HYDRA_LAUNCHER": "fork",
    "HYDRA_RMK": "user",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
}
"""For MPICH and for Open MPI: all ranks are children, and free to use any core."""
DEATHS = (signal.SIGABRT, signal.SIGBUS, signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM)
"""Signals whose number, or 128 more, as the exit code of a launcher means that a rank died so."""


@dataclass(slots=True)
class Desk:
    """Where the ranks of a run are given the job, its voice and its inputs.

    Attributes
    ----------
    word : str
        What a rank has to say to be served.
    inputs : tuple or None
        What whoever guards the run has handed over, once a rank has asked.
    """

    job: Job
    voice: Voice
    channel: socket.socket
    word: str
    watched: bool
    begun: float
    inputs: tuple[dict[str, Any], list[int]] | None = None

    def serve(self, caller: socket.socket) -> bool:
        """Answer the next message of a rank; False where it has gone, or is none of the run."""
        message = receive_message(caller)
        content = message[0] if message else {}
        if content.get("word") != self.word:
            return False
        if "asked" in content:
            send_message(caller, *self._handed(content["asked"]))
        else:
            facts = {"job": self.job.facts(), "run": self.voice.run, "begun": self.begun}
            facts["watched"] = self.watched
            send_message(caller, facts, [self.voice.descriptor])
        return True

    def close(self) -> None:
        """Let go of the inputs."""
        for descriptor in self.inputs[1] if self.inputs else ():
            os.close(descriptor)

    def _handed(self, asked: list[str]) -> tuple[dict[str, Any], list[int]]:
        if self.inputs is None:
            self.voice.tell("asks", names=asked)
            self.inputs = receive_message(self.channel) or ({"refusal": "nothing came"}, [])
        return self.inputs


def run_in_ranks(job: Job, voice: Voice, channel: socket.socket, watched: bool) -> None:
    """Run a job in as many ranks as it says; the first tells what becomes of it.

    This process ends as they do, where they do not end well.
    """
    own = [sys.executable, "-P", "-m", "mtdbench.run.rank"]
    desk = Desk(job, voice, channel, secrets.token_hex(), watched, time.perf_counter())
    try:
        code = _launch(desk, launch_command(job.ranks, own))
    except Exception as error:  # there is no launcher, or no place for a socket
        tell_end(failure(error), Stopwatch(), voice)
        return
    desk.close()
    if code:
        _end_as(code)


def _launch(desk: Desk, command: list[str]) -> int:
    """The exit code of the launcher of the ranks."""
    variables = here_alone(os.environ) | {WORD: desk.word}
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(DOOR)
        door.listen(desk.job.ranks)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=variables) as process:
            _attend(door, desk, process)
    Path(DOOR).unlink(missing_ok=True)
    return process.returncode


def here_alone(variables: Mapping[str, str]) -> dict[str, str]:
    """Variables with which a launcher starts all ranks as its children, whatever job this is in."""
    kept = {name: v for name, v in variables.items() if not name.startswith(SCHEDULERS)}
    return kept | HERE_ALONE


def _attend(door: socket.socket, desk: Desk, process: subprocess.Popen[bytes]) -> None:
    """Serve the ranks until their launcher has ended."""
    missing = desk.job.ranks
    with selectors.DefaultSelector() as selector:
        selector.register(door, selectors.EVENT_READ)
        while process.poll() is None:
            for key, _ in selector.select(DESK_SECONDS):
                if key.fileobj is door:
                    selector.register(door.accept()[0], selectors.EVENT_READ)
                    missing -= 1
                    if not missing:  # it is nothing that the run leaves in its directory
                        Path(DOOR).unlink(missing_ok=True)
                elif isinstance(key.fileobj, socket.socket) and not _served(desk, key.fileobj):
                    selector.unregister(key.fileobj)
                    key.fileobj.close()


def _served(desk: Desk, caller: socket.socket) -> bool:
    try:
        return desk.serve(caller)
    except OSError:  # it has gone meanwhile
        return False


def _end_as(code: int) -> None:
    """End this process as a rank has ended, as far as the launcher's exit code tells."""
    number = -code if code < 0 else code - 128 if code > 128 else code
    if number in DEATHS:
        faulthandler.disable()
        os.kill(os.getpid(), number)
    os._exit(code)
