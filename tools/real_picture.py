"""The picture of an estimate from real micrographs: a crop, the estimate, its radial profile.

    mtdbench estimate FOLDER/*.mrc --space disc --diameter 130 --pixel-size 3.3 --out out
    python tools/real_picture.py FOLDER out --diameter 130 --pixel-size 3.3 --picture picture.png

FOLDER is as in `tools/real_micrographs.py`. The crop is of the first micrograph that has marks, 200
x 200 samples of it. The profile of the mean of the marked particles, which were prepared in the
same way and which the estimate knows nothing of, is drawn beside that of the estimate.
"""

import argparse
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from real_micrographs import mean_of_marked, prepared_alike, read_data

from mtdbench.commands.recorded_run import recorded_run
from mtdbench.evaluate.mean_agreement import PROFILE_STEP, radial_correlation, rotational_mean
from mtdbench.figures.layout.save import theme
from mtdbench.figures.layout.style import PALETTE

CROP = 200


def draw(given: Any) -> Figure:
    """The figure; its axes are in angstrom."""
    data, facts = read_data(given.folder, given.diameter, given.pixel_size), recorded_run(given.run)
    estimate, size = np.load(given.run / "estimate.npy"), facts["pixel_size"]
    mean = mean_of_marked(data, prepared_alike(data, data.files, given.run), facts["window"])
    marked = data.files[min(data.marks_in([file.name for file in data.files]).marked)]
    raw = mrcfile.read(marked).astype(float)
    corner = [(n - CROP) // 2 for n in raw.shape]
    crop = raw[corner[0] : corner[0] + CROP, corner[1] : corner[1] + CROP]
    figure = Figure(figsize=(6.4, 2.3), layout=ConstrainedLayoutEngine(w_pad=0.08))
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.15))
    low, high = np.quantile(crop, (0.005, 0.995))
    left.imshow(crop, cmap="gray", vmin=low, vmax=high, extent=_extent(CROP, data.pixel_size))
    left.set_title("a part of a micrograph")
    middle.imshow(estimate, cmap="gray", extent=_extent(len(estimate), size))
    middle.set_title("estimate, nothing picked")
    for axis in (left, middle):
        axis.set_xlabel("angstrom")
        axis.grid(visible=False)
    radius = len(estimate) / 2
    profiles = {"estimate": (estimate, "-"), "mean of marked particles": (mean, "--")}
    for colour, (label, (image, dash)) in zip(PALETTE, profiles.items(), strict=False):
        profile = rotational_mean(image, radius)
        inside = profile[np.arange(0, radius, PROFILE_STEP) < given.diameter / size / 2]
        scaled = (profile - inside.mean()) / inside.std()
        right.plot(
            np.arange(0, radius, PROFILE_STEP) * size, scaled, dash, color=colour, label=label
        )
    correlation = radial_correlation(estimate, mean, given.diameter / size / 2)
    right.set_title(f"radial profiles, correlation {correlation:.3f}")
    right.set_xlabel("distance from the middle, angstrom")
    right.set_yticks([])
    right.axvline(given.diameter / 2, color="#767676", linewidth=0.7, linestyle=":")
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.3), ncols=2, handlelength=1.4)
    return figure


def _extent(side: int, size: float) -> tuple[float, float, float, float]:
    return (0, side * size, 0, side * size)


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("run", type=Path, help="what `mtdbench estimate` wrote")
    parser.add_argument("--diameter", type=float, required=True, help="angstrom")
    parser.add_argument("--pixel-size", type=float, required=True, help="angstrom")
    parser.add_argument("--picture", type=Path, required=True)
    given = parser.parse_args()
    with theme():
        draw(given).savefig(given.picture, dpi=200)


if __name__ == "__main__":
    main()
