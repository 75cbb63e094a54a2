"""How ranks come about: by a launcher of MPI that the user calls, or that we call."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mtdbench.errors import InputError

if TYPE_CHECKING:
    from mtdbench.ranks.communicator import Ranks

RANK_COUNTS = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "PALS_SIZE", "SLURM_STEP_NUM_TASKS")
"""Variables in which MPICH, Open MPI, Cray and Slurm say how many ranks they have started."""
LOCAL_COUNTS = ("MPI_LOCALNRANKS", "OMPI_COMM_WORLD_LOCAL_SIZE", "PALS_LOCAL_SIZE")
"""Those in which they say how many of them are on this node."""
LAUNCHER = "mpiexec"
INSTALL = "expected pip install 'mtdbench[mpi]'"


def launched_ranks(environment: Mapping[str, str] = os.environ) -> int:
    """How many ranks a launcher has started, this process among them; 1 without a launcher."""
    return _first_number(RANK_COUNTS, environment)


def local_ranks(environment: Mapping[str, str] = os.environ) -> int:
    """How many of them share the cores of this node, as far as the launcher says."""
    return _first_number(LOCAL_COUNTS, environment)


def own_ranks() -> "Ranks":
    """The ranks that this process was started among; NumPy and MPI are loaded here.

    Raises
    ------
    InputError
        If mpi4py is missing, or uses another MPI library than the launcher.
    """
    from mtdbench.ranks.communicator import ONE_RANK

    count = launched_ranks()
    if count == 1:
        return ONE_RANK
    _require_mpi4py(count)
    from mtdbench.ranks.mpi_ranks import world_ranks

    ranks = world_ranks()
    if ranks.size != count:
        raise InputError(
            f"{count} ranks were started, but mpi4py finds {ranks.size}: expected the MPI library"
            f" of the launcher (see docs/many-nodes.md)"
        )
    return ranks


def launch_command(count: int, command: Sequence[str]) -> list[str]:
    """The command that starts so many ranks of a command.

    Raises
    ------
    InputError
        If there is no mpi4py, or no launcher beside Python or on the path.
    """
    _require_mpi4py(count)
    beside = str(Path(sys.executable).parent)
    launcher = shutil.which(LAUNCHER, path=beside) or shutil.which(LAUNCHER)
    if launcher is None:
        raise InputError(f"{count} ranks without {LAUNCHER} on the path: {INSTALL}")
    return [launcher, "-n", str(count), *command]


def _first_number(names: Sequence[str], environment: Mapping[str, str]) -> int:
    values = (environment.get(name, "") for name in names)
    return next((int(value) for value in values if value.isdecimal() and int(value) > 0), 1)


def _require_mpi4py(count: int) -> None:
    if find_spec("mpi4py") is None:
        raise InputError(f"{count} ranks without mpi4py: {INSTALL}")
