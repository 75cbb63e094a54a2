"""Small data sets of every kind, each with another truth that can take the place of its own."""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from mtdbench.simulation import Recipe, write_dataset

SETTINGS = {
    "line": Recipe(space="line", window=8, size=4000, snr=4.0, density=0.2, seed=1),
    "line-arbitrary": Recipe(
        space="line", window=8, size=4000, snr=4.0, density=0.2, seed=1, spacing="arbitrary"
    ),
    "line-micrographs": Recipe(
        space="line", window=8, size=1500, snr=4.0, density=0.2, seed=1, micrographs=3
    ),
    "disc": Recipe(space="disc", window=5, size=120, snr=4.0, density=0.05, seed=1),
    "ball": Recipe(space="ball", window=5, size=60, snr=4.0, density=0.1, seed=1),
}
"""What an estimator is checked on: signals, close together and in several parts; images; volumes
in projections.
"""

ANOTHER_SEED = 2
TRUTHS = ("truth.npz", "placement.npz", "dataset.json")
"""The files that say what the truth is; from the recipe it can be simulated again."""

LONG_AGO = 1.0
"""Seconds since 1970: when the files of the truth were read last, before a run."""


@dataclass(frozen=True, slots=True)
class CheckData:
    """A data set as studies have it, and one of another seed beside it.

    Attributes
    ----------
    folder : Path
        Where both are.
    sigma : float
        Standard deviation of the noise.
    """

    folder: Path
    sigma: float

    @property
    def dataset(self) -> Path:
        """The folder of the data set."""
        return self.folder / "results" / "check" / "data" / "cell" / "0"

    @property
    def measurement(self) -> bytes:
        """All bytes of the measurement."""
        return (self.dataset / "measurement.npy").read_bytes()

    def exchange(self) -> None:
        """Exchange the truth for the other one, or back; the measurement stays."""
        aside = self.folder / "aside"
        for path in self._truths():
            other = self.folder / "results" / "other" / path.relative_to(self.dataset)
            for source, target in ((path, aside), (other, path), (aside, other)):
                shutil.move(source, target)

    def watch(self) -> None:
        """Let the system note when the truth is read next; some file systems do not."""
        for path in self._truths():
            os.utime(path, (LONG_AGO, path.stat().st_mtime))

    def is_opened(self) -> bool:
        """Whether the truth was read since `watch`."""
        return any(path.stat().st_atime > LONG_AGO + 1 for path in self._truths())

    def _truths(self) -> list[Path]:
        return [path for name in TRUTHS for path in self.dataset.rglob(name)]


def make_check_data(recipe: Recipe, folder: Path) -> CheckData:
    """Simulate the data set of a recipe, and one of another seed."""
    data = CheckData(folder, 0.0)
    facts = write_dataset(recipe, data.dataset)
    write_dataset(replace(recipe, seed=ANOTHER_SEED), folder / "results" / "other")
    return replace(data, sigma=facts["sigma"])
