"""What runs on a data set are judged by, known or not."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mtdbench.run.job import Record, Snapshot
from mtdbench.spaces import Space
from mtdbench.study.cells import Cell, Run
from mtdbench.study.schema import Study


class Judge(Protocol):
    """One data set of a study, with all that is known of it."""

    @property
    def study(self) -> Study:
        """The study."""
        ...

    @property
    def cell(self) -> Cell:
        """The cell."""
        ...

    @property
    def trial(self) -> int:
        """The number of the data set in its cell."""
        ...

    @property
    def folder(self) -> Path:
        """Of the data set: `data/<cell>/<trial>`."""
        ...

    @property
    def facts(self) -> dict[str, Any]:
        """The content of `dataset.json`."""
        ...

    @property
    def space(self) -> Space:
        """That of the object."""
        ...

    @property
    def separations(self) -> np.ndarray:
        """The true xi, shape (U,); empty where nobody knows it."""
        ...

    def errors(self, snapshot: Snapshot) -> dict[str, float]:
        """The columns of errors of a snapshot."""

    def aligned(self, run: Run, x: np.ndarray) -> np.ndarray | None:
        """The estimate of a run as it is to be shown; None where it is not."""

    def columns(self, run: Run, record: Record) -> dict[str, Any]:
        """The further columns of a run."""
