"""What a study left on disk, read back for the figures and the report."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from pydantic import ValidationError

from mtdbench.errors import InputError
from mtdbench.files import is_file, read_array, read_arrays, read_facts
from mtdbench.model.placed_copies import Placement
from mtdbench.results.columns import HISTORY, TABLE
from mtdbench.results.parquet_table import read_parquet
from mtdbench.results.references import references_among
from mtdbench.results.table_form import check_form, check_types
from mtdbench.run.status import Status
from mtdbench.study.schema import Drawing
from mtdbench.validation import explain

UNREADABLE = (OSError, ValueError, IndexError)
"""What reading an array may raise that is cut short, or of another size than its neighbours."""

FAILED = tuple(status.value for status in Status if status.failed)
"""Statuses of runs that did not end by themselves with a usable estimate."""


@dataclass(frozen=True)
class Results:
    """One study: its table, its history and what is known about where it ran.

    Attributes
    ----------
    folder : Path
        The study's folder, `results/<study>`.
    table : DataFrame
        One row for every planned run.
    history : DataFrame
        One row for every snapshot; empty where the study kept none.
    study : dict
        The validated study.
    provenance : dict
        Versions, commit, processor, host, threads, the study file's text (`source`), and which of
        its methods are references.
    """

    folder: Path
    table: pd.DataFrame
    history: pd.DataFrame
    study: dict[str, Any]
    provenance: dict[str, Any]

    @classmethod
    def load(cls, folder: Path) -> "Results":
        """The results in `folder`.

        Raises
        ------
        InputError
            If the folder holds no readable `table.parquet` with the required columns, or a column
            holds something else than it is declared to hold.
        """
        table = read_study_table(folder)
        check_types(table, folder / "table.parquet", TABLE)
        history = _read(folder / "history.parquet")
        if history is not None:
            check_types(history, folder / "history.parquet", HISTORY)
        facts = read_facts(folder / "study.json")
        study, origin = (facts.get(name) for name in ("study", "provenance"))
        return cls(
            folder,
            table,
            pd.DataFrame() if history is None else history,
            study if isinstance(study, dict) else {},
            origin if isinstance(origin, dict) else {},
        )

    @property
    def name(self) -> str:
        """The study's name."""
        return str(self.table["study"].iloc[0]) if len(self.table) else self.folder.name

    @cached_property
    def whole(self) -> pd.DataFrame:
        """The runs on whole measurements: those on halves are no methods of their own."""
        halves = self.table.get("half", pd.Series(0, self.table.index))
        return self.table[halves == 0]

    @cached_property
    def references(self) -> frozenset[str]:
        """The methods that give errors a scale and are no competitors.

        As the study recorded them, so that its figures look the same where a plugin is not
        installed; where it did not, as the methods that are installed here declare.
        """
        recorded = self.provenance.get("references")
        if isinstance(recorded, list):
            return frozenset(map(str, recorded))
        methods = self.table.get("method", self.table["estimator"])
        return frozenset(references_among(methods.dropna().astype(str)))

    @cached_property
    def sweeps(self) -> list[str]:
        """The study's sweeps in their order."""
        return list(dict.fromkeys(self.table["sweep"].astype(str)))

    @cached_property
    def drawings(self) -> list[Drawing]:
        """The figures with names of their own that the study asks for.

        Raises
        ------
        InputError
            If `study.json` holds none that can be read.
        """
        figures, path = self.study.get("figures") or [], self.folder / "study.json"
        if not isinstance(figures, list):
            raise InputError(f"'{path}' has no list of figures: expected one, or none")
        try:
            return [Drawing.model_validate(facts) for facts in figures]
        except ValidationError as error:
            raise explain(error, Drawing, f"figure in '{path}'") from None

    def truth(self, cell: str, trial: int) -> np.ndarray | None:
        """The rendered target of one data set, shape (L,) * ndim; None where it was not kept."""
        try:
            path = self.folder / "data" / cell / str(trial) / "truth.npz"
            return np.asarray(read_arrays(path, "a target", ("target",))["target"], dtype=float)
        except UNREADABLE:
            return None

    def reference(self, cell: str, trial: int) -> np.ndarray | None:
        """What the mean of the particles in a measurement from files looks like, shape (L,) * d;
        None where nobody said.
        """
        try:
            path = self.folder / "data" / cell / str(trial) / "reference.npy"
            return np.array(read_array(path), dtype=float)
        except UNREADABLE:
            return None

    def estimate(self, cell: str, trial: int, estimator: str) -> np.ndarray | None:
        """The aligned, rendered estimate of a run, shape (L,) * ndim.

        None where there is none, or none that can be shown: one with NaN or infinities.
        """
        try:
            path = self.folder / "estimates" / cell / str(trial) / f"{estimator}.npy"
            array = np.array(read_array(path), dtype=float)
            return array if np.isfinite(array).all() else None
        except UNREADABLE:
            return None

    def copies(self, cell: str, trial: int, window: int, most: int) -> np.ndarray | None:
        """What a measurement holds in the windows of its first copies, at most so many of them.

        Shape (copies,) + (L,) * d; None where there are none, or the data were not kept.
        """
        data = self.folder / "data" / cell / str(trial)
        try:
            samples = read_array(data / "measurement.npy")
            placement = Placement.load(data / "placement.npz")
            corners, micrographs = placement.corners[:most], placement.micrographs[:most]
            axes = tuple(range(1, corners.shape[1] + 1))
            stack = samples.reshape(-1, *samples.shape[-len(axes) :])
            windows = sliding_window_view(stack, (window,) * len(axes), axis=axes)
            images = np.asarray(windows[(micrographs, *corners.T)], dtype=float)
        except UNREADABLE:
            return None
        return images if len(images) else None

    def pairs(self, cell: str, trial: int, estimator: str) -> np.ndarray | None:
        """xi as a run estimated it, and the true one, shape (2, U); None where it was not kept."""
        try:
            path = self.folder / "estimates" / cell / str(trial) / f"{estimator}.pairs.npy"
            return np.array(read_array(path), dtype=float)
        except UNREADABLE:
            return None

    def dataset(self, cell: str, trial: int) -> dict[str, Any]:
        """What `simulate` recorded about one data set; empty where it was not kept."""
        return read_facts(self.folder / "data" / cell / str(trial) / "dataset.json")


def read_study_table(folder: Path) -> pd.DataFrame:
    """The table in a study's folder, its columns beyond the required ones as they are.

    Raises
    ------
    InputError
        If the folder holds no readable `table.parquet` with the required columns.
    """
    table = _read(folder / "table.parquet")
    if table is None:
        raise InputError(
            f"no table in '{folder}': expected the folder of a study with a table.parquet"
        )
    check_form(table, folder / "table.parquet")
    return table


def _read(path: Path) -> pd.DataFrame | None:
    return read_parquet(path) if is_file(path) else None
