"""How well images come out of real micrographs whose particles somebody has marked.

    python tools/real_micrographs.py FOLDER --diameter 130 --pixel-size 3.3 --seeds 5

FOLDER holds micrographs, `NAME.mrc`, and for most of them the middles of their particles,
`NAME.csv` with the columns x and y in samples. `mtdbench estimate` is run on all of them from
several seeds, then on either half; `mtdbench pick` finds the particles of the second half with the
estimate from the first. A line of JSON tells what each comes to:

- `estimate`: the correlation of the estimate with the mean of the marked particles, both averaged
  over rotations, over the disc of the particle; seconds on the clock, and of all cores.
- `halves`: the frequency (cycles to an angstrom) up to which the ring correlation of the two halves
  is above 0.5, and the same of the means of the marked particles in either half.
- `pick`: precision, recall and F1 of the particles, a pick being right within half a radius of a
  mark; the same of the maxima of a Laplacian of Gaussian (scikit-image) and of the APPLE picker
  (aspire), each at its best.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
import pandas as pd
from other_pickers import best_of_apple, best_of_blobs

from mtdbench.commands.recorded_run import recorded_run, recorded_settings
from mtdbench.evaluate.fsc import resolution, shell_correlation
from mtdbench.evaluate.mark_scores import AT_A_MARK, mark_scores
from mtdbench.evaluate.mean_agreement import radial_correlation
from mtdbench.micrographs import read_micrographs
from mtdbench.picking.particle_marks import Marks, marked_mean, read_marks
from mtdbench.preparation import Prepared, Settings, prepare_micrographs
from mtdbench.spaces import make_space


@dataclass(frozen=True)
class Data:
    """Micrographs, the marks of those that have any, and what is known of the particle."""

    files: list[Path]
    tables: list[Path]
    diameter: float
    pixel_size: float

    def marks_in(self, names: list[str]) -> Marks:
        """The marks in micrographs of these names, in samples that came."""
        read = read_marks(self.tables, names, 2)
        numbers = np.repeat(list(read), [len(places) for places in read.values()])
        return Marks(numbers, np.concatenate(list(read.values())), np.array(list(read)))

    @property
    def words(self) -> list[str]:
        """The arguments of `mtdbench estimate`."""
        return ["--diameter", str(self.diameter), "--pixel-size", str(self.pixel_size)]


def read_data(folder: Path, diameter: float, pixel_size: float) -> Data:
    """What a folder holds."""
    files = sorted(folder.glob("*.mrc"))
    return Data(files, sorted(folder.glob("*.csv")), diameter, pixel_size)


def mtdbench(*arguments: str) -> None:
    """Run the command."""
    subprocess.run([sys.executable, "-m", "mtdbench", *arguments], check=True, capture_output=True)


def estimate(data: Data, files: list[Path], out: Path, seed: int) -> None:
    """Estimate an image from some micrographs into a folder, unless that is there."""
    if (out / "run.json").exists():
        return
    names = map(str, files)
    words = [*data.words, "--seed", str(seed), "--out", str(out)]
    mtdbench("estimate", *names, "--space", "disc", *words)


def prepared_alike(data: Data, files: list[Path], run: Path) -> Prepared:
    """Micrographs as they were prepared for an estimate, but not whitened: an estimate shows what
    was there before.
    """
    settings = recorded_settings(recorded_run(run)) or Settings()
    micrographs, _ = read_micrographs([str(file) for file in files], 2, data.pixel_size)
    return prepare_micrographs(micrographs, replace(settings, whiten=False))


def mean_of_marked(data: Data, prepared: Prepared, window: int) -> np.ndarray:
    """The mean of the marked particles in prepared micrographs, shape (window, window)."""
    marks = data.marks_in(list(prepared.micrographs.names))
    places = prepared.in_prepared_samples(marks.micrographs, marks.places)
    return marked_mean(prepared.micrographs.images, replace(marks, places=places), window)


def reach(a: np.ndarray, b: np.ndarray, pixel_size: float) -> float:
    """Cycles to an angstrom up to which the ring correlation of two images is above 0.5."""
    _, values = shell_correlation(a, b)
    return 1 / (resolution(values, len(a)) * pixel_size)


def scores(found: dict[str, np.ndarray], data: Data) -> dict[str, float]:
    """Precision, recall and F1 of places (y, x) by the names of their micrographs."""
    numbers = np.repeat(range(len(found)), [len(places) for places in found.values()])
    places = np.concatenate([np.reshape(each, (-1, 2)) for each in found.values()])
    near = AT_A_MARK * data.diameter / data.pixel_size
    return mark_scores(numbers, places, data.marks_in(list(found)), near)


def other_pickers(data: Data, files: list[Path], prepared: Prepared) -> dict[str, Any]:
    """The scores of the pickers of `other_pickers`: the Laplacian of Gaussian in prepared samples,
    the APPLE picker, which bins by itself, in those that came.
    """
    factor, names = prepared.bin_factor, prepared.micrographs.names
    across = data.diameter / data.pixel_size

    def in_samples_that_came(found: dict[str, np.ndarray]) -> dict[str, float]:
        back = {
            name: prepared.in_samples_that_came(np.full(len(places), names.index(name)), places)
            for name, places in found.items()
        }
        return scores(back, data)

    images = dict(zip(names, prepared.micrographs.images, strict=True))
    raw = {file.name: mrcfile.read(file) for file in files}
    return {
        "laplacian": best_of_blobs(images, across / factor, in_samples_that_came),
        "apple": best_of_apple(raw, across, lambda found: scores(found, data)),
    }


def estimates(data: Data, folder: Path, seeds: int) -> None:
    """The estimates from all micrographs."""
    for seed in range(seeds):
        out = folder / str(seed)
        estimate(data, data.files, out, seed)
        image, facts = np.load(out / "estimate.npy"), recorded_run(out)
        mean = mean_of_marked(data, prepared_alike(data, data.files, out), facts["window"])
        radius = data.diameter / facts["pixel_size"] / 2
        row = {"seed": seed, "status": facts["status"], "iterations": facts["iterations"]}
        row |= {"correlation": radial_correlation(image, mean, radius)}
        row |= {name: round(facts[name]) for name in ("seconds", "cpu_seconds")}
        print(json.dumps({"estimate": row}), flush=True)


def halves(data: Data, folder: Path) -> None:
    """The estimates of both halves against each other, and picks by the first in the second."""
    middle = len(data.files) // 2
    parts, images, means = (data.files[:middle], data.files[middle:]), [], []
    for number, files in enumerate(parts):
        out = folder / f"half-{number}"
        estimate(data, files, out, seed=0)
        facts = recorded_run(out)
        space = make_space("disc", facts["window"], facts["basis"])
        images.append(np.load(out / "coefficients.npy"))
        means.append(mean_of_marked(data, prepared_alike(data, files, out), facts["window"]))
    aligned = space.render(space.align(images[1], images[0]))
    size = facts["pixel_size"]
    row = {
        "estimates": reach(space.render(images[0]), aligned, size),
        "marks": reach(means[0], means[1], size),
    }
    print(json.dumps({"halves": row | {"nyquist": 0.5 / size}}), flush=True)
    first, out = str(folder / "half-0"), folder / "picked"
    mtdbench(
        "pick",
        *map(str, parts[1]),
        "--pixel-size",
        str(data.pixel_size),
        "--estimate",
        first,
        "--out",
        str(out),
    )
    table = pd.read_csv(out / "particles.csv")
    found = {
        file.name: table.loc[table["micrograph"] == m, ["centre_y", "centre_x"]].to_numpy()
        for m, file in enumerate(parts[1])
    }
    others = other_pickers(data, parts[1], prepared_alike(data, parts[1], folder / "half-0"))
    print(json.dumps({"pick": scores(found, data), **others}), flush=True)


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--diameter", type=float, required=True, help="angstrom")
    parser.add_argument("--pixel-size", type=float, required=True, help="angstrom")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--keep", type=Path, help="folder for estimates; those that it has are not made again"
    )
    given: Any = parser.parse_args()
    data = read_data(given.folder, given.diameter, given.pixel_size)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        halves(data, folder)
        estimates(data, folder, given.seeds)


if __name__ == "__main__":
    main()
