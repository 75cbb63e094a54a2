"""What is known to go wrong in a study before anything of it is run."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from mtdbench.cost.costs import Calibration, batch_cost, simulation_cost
from mtdbench.errors import InputError, PluginError
from mtdbench.estimators import registry
from mtdbench.estimators.probe import probe
from mtdbench.ranks.launch import launch_command
from mtdbench.study.file_paths import MissingFiles, files_of
from mtdbench.study.listing import read_listing
from mtdbench.study.plan import Plan

ELSEWHERE = "expected a smaller study, or --elsewhere for one that is run on another machine"


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes of memory and of free disk that a study may take."""

    memory: float
    disk: float


def room_here(results: Path) -> Room:
    """Of this machine, with the folder of results, or where it would be made."""
    folder = next(path for path in (results, *results.absolute().parents) if path.is_dir())
    return Room(psutil.virtual_memory().total, shutil.disk_usage(folder).free)


def check_estimators(plan: Plan) -> None:
    """Check that every estimator of a study can be used.

    Raises
    ------
    PluginError
        If one cannot; the line names all of them.
    """
    names = sorted({batch.run.method for batch in plan.batches})
    others = [name for name in names if not registry.is_built_in(name)]
    faults = [facts["fault"] for _, facts in probe(others) if "fault" in facts]
    if faults:
        raise PluginError("; ".join(faults))


def check_ranks(plan: Plan) -> None:
    """Check that the runs of a study that has several ranks can be started so.

    Raises
    ------
    InputError
        If none of its estimators shares its work, or there is no launcher.
    """
    count = plan.study.ranks
    if count > 1:
        if all(batch.run.ranks == 1 for batch in plan.batches):
            names = ", ".join(dict.fromkeys(batch.run.method for batch in plan.batches))
            raise InputError(f"ranks {count}: expected 1, since none of {names} shares its work")
        launch_command(count, [])


def check_room(plan: Plan, room: Room, calibration: Calibration) -> None:
    """Check that the data of a study fit on the disk, and each of its jobs into the memory.

    Raises
    ------
    InputError
        If they do not.
    """
    study, blocks = plan.study, plan.blocks
    simulations = [simulation_cost(block, calibration) for block in blocks]
    data = sum(cost.disk for cost in simulations)
    if data > room.disk:
        raise InputError(
            f"study '{study.name}' has {_gb(data)} of data sets, and {_gb(room.disk)} are free:"
            f" {ELSEWHERE}"
        )
    needs = [
        (cost.memory_mib, block.cell.id, "simulation")
        for cost, block in zip(simulations, blocks, strict=True)
    ] + [
        (batch_cost(study, batch, calibration).memory_mib, batch.block.cell.id, batch.run.label)
        for batch in plan.batches
    ]
    memory, cell, what = max(needs)
    if memory * 2**20 > room.memory:
        raise InputError(
            f"study '{study.name}' needs {_gb(memory * 2**20)} of memory for {what} in cell"
            f" '{cell}', and this machine has {_gb(room.memory)}: {ELSEWHERE}"
        )


def check_files(plan: Plan, folder: Path) -> None:
    """Check that the files of measurements are there that are yet to be prepared.

    Parameters
    ----------
    plan : Plan
    folder : Path
        The study's folder of results.

    Raises
    ------
    MissingFiles
        If they are not.
    """
    for block in plan.blocks:
        cell = block.cell
        if cell.is_from_files and not read_listing(plan.study, block, folder):
            try:
                files_of(cell)
            except MissingFiles as error:
                raise MissingFiles(f"sweep '{cell.sweep}': {error}") from None


def remarks(plan: Plan) -> Iterator[str]:
    """What the study's author may not expect: sweeps that an estimator declines."""
    seen = {(b.run.method, b.block.cell.sweep, b.block.cell.space): None for b in plan.batches}
    for method, sweep, space in seen:
        if registry.declared(method).declines(space):
            yield f"'{method}' declines space '{space}' of sweep '{sweep}': its rows will say so"


def _gb(size: float) -> str:
    return f"{size / 1e9:.3g} GB"
