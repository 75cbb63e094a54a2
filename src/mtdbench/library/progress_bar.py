"""How far a run has come, for whoever waits for it."""

import math
from typing import TextIO

from tqdm import tqdm

from mtdbench.run.job import Snapshot


class ProgressBar:
    """A bar of iterations with the objective and what the estimator says it is doing.

    Parameters
    ----------
    stream : text stream
        Where it is drawn.
    shown : bool
        Whether it is drawn at all; it keeps the last snapshot in any case.
    """

    def __init__(self, stream: TextIO, *, shown: bool) -> None:
        self.last: Snapshot | None = None
        self._note = ""
        self._bar = tqdm(unit=" it", file=stream, disable=not shown, leave=False)

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()

    def show(self, snapshot: Snapshot) -> None:
        """Draw the bar as it is after one more snapshot."""
        self.last = snapshot
        self._bar.update(max(snapshot.iteration - self._bar.n, 0))
        if not math.isnan(snapshot.objective):
            self._bar.set_postfix_str(f"objective {snapshot.objective:.8g}", refresh=False)
        if snapshot.note and snapshot.note != self._note and not self._bar.disable:
            self._bar.set_description_str(snapshot.note, refresh=False)
        self._note = snapshot.note
