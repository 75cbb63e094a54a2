"""How the process of a run tells what happens: on a descriptor, one JSON line for each event, so
that whatever an estimator prints cannot get in between.
"""

import json
import os
import sys
from dataclasses import dataclass
from typing import Any

from mtdbench.run.surroundings import DATASET_FILES


@dataclass(slots=True)
class Voice:
    """Where the process tells what happens, and which run it is at."""

    descriptor: int
    run: int = 0

    def tell(self, event: str, **content: Any) -> None:
        """Send an event; the empty line before it ends whatever else was written there."""
        line = json.dumps({"event": event, "run": self.run, **content})
        data = memoryview(f"\n{line}\n".encode())
        while data:
            data = data[os.write(self.descriptor, data) :]


def watch_files(voice: Voice) -> None:
    """Tell when Python code tries to open a file called as those of a data set are."""
    seen = set[str]()

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes):
            name = os.path.basename(os.fsdecode(arguments[0]))  # noqa: PTH119  # may be any bytes
            if name in DATASET_FILES and name not in seen:
                seen.add(name)
                voice.tell("looked", name=name)

    sys.addaudithook(heard)
