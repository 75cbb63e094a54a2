"""Makes the data sets of a block, simulated or from files, and writes down what became of each."""

from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from mtdbench.files import is_from_outside
from mtdbench.model.instrument import INSTRUMENT_FILE, MASK_FILE
from mtdbench.simulation import Recipe, write_dataset
from mtdbench.study.cells import Block, Cell
from mtdbench.study.file_paths import MissingFiles, file_sizes, files_of
from mtdbench.study.fingerprint import fingerprint
from mtdbench.study.listing import FACTS, SOURCES, dataset_folder
from mtdbench.study.names import data_name, dataset_name
from mtdbench.study.recipes import recipe
from mtdbench.study.remedies import apply_remedies
from mtdbench.study.schema import Study
from mtdbench.study.stamp import Stamp, sizes, write_stamped

HASHED = ("measurement.npy", "placement.npz", "truth.npz")
HASHED_OF_FILES = ("measurement.npy", MASK_FILE, INSTRUMENT_FILE, "marks.npz", "reference.npy")
"""What a data set from files has; all but the first only where there is need."""
FILES = tuple(dict.fromkeys((*HASHED, "measurement.mrc", *HASHED_OF_FILES)))


def simulate_block(
    study: Study,
    block: Block,
    folder: Path,
    out: Path,
    make: Callable[[Recipe, Path], dict[str, Any]] = write_dataset,
) -> None:
    """Simulate the data sets of a block below `folder` and list them in `out`.

    A data set that cannot be made is listed with the reason, so that its runs become rows; where
    the cause lies outside, such as a full disk, or files of a measurement that are not there, it is
    listed as `lost` and tried again.

    Parameters
    ----------
    study, block
        The planned data sets.
    folder : Path
        The study's folder.
    out : Path
        JSON file of the facts about each data set, by trial.
    make : function
        Makes one data set in a folder and returns the facts about it.
    """
    listed: dict[str, Any] = {}
    digests: dict[str, str] = {}
    for trial in block.trials:
        dataset = dataset_folder(folder, block.cell, trial)
        (dataset / FACTS).unlink(missing_ok=True)
        try:
            facts = _made(study, block.cell, trial, dataset, make)
            digests[str(trial)] = _stamp_dataset(study, block.cell, trial, dataset, facts)
            listed[str(trial)] = facts
        except Exception as error:
            text = " ".join(str(error).split())[:300]
            listed[str(trial)] = {"error": f"{type(error).__name__}: {text}"}
            if is_from_outside(error) or isinstance(error, MissingFiles):
                listed[str(trial)]["lost"] = True
    failed = {trial: facts for trial, facts in listed.items() if "error" in facts}
    stamp = Stamp(data_name(study, block), fingerprint([digests, sorted(failed)]))
    write_stamped(out, stamp.facts(digests=digests, failed=failed), {"datasets": listed})


def _made(
    study: Study,
    cell: Cell,
    trial: int,
    dataset: Path,
    make: Callable[[Recipe, Path], dict[str, Any]],
) -> dict[str, Any]:
    """The facts about a data set that is made in a folder."""
    if not cell.is_from_files:
        planned = recipe(study, cell, trial)
        facts = make(planned, dataset)
        apply_remedies(planned, cell.remedies, dataset)
        return facts
    from mtdbench.study.prepared_dataset import (
        write_file_dataset,  # loads what simulation does without
    )

    return write_file_dataset(cell, dataset)


def _stamp_dataset(
    study: Study, cell: Cell, trial: int, dataset: Path, facts: dict[str, Any]
) -> str:
    """Write into `dataset.json` what the data set was made from; its digest."""
    digest = _digest(dataset, HASHED_OF_FILES if cell.is_from_files else HASHED)
    stamp = Stamp(dataset_name(study, cell, trial), digest).facts(files=sizes(dataset, FILES))
    if cell.is_from_files:
        stamp[SOURCES] = file_sizes(files_of(cell))
    write_stamped(dataset / FACTS, stamp, facts)
    return digest


def _digest(dataset: Path, names: Iterable[str]) -> str:
    """A fingerprint of the bytes of a data set's files, of those from files as far as there are."""
    whole = blake2b(digest_size=8)
    for name in names:
        if name in HASHED_OF_FILES[1:] and not (dataset / name).exists():
            continue
        with (dataset / name).open("rb") as stream:
            while chunk := stream.read(2**20):
                whole.update(chunk)
    return whole.hexdigest()
