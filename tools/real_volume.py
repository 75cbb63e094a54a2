"""How well a volume comes out of real micrographs that nobody has picked.

    python tools/thon_rings.py FOLDER/*.mrc --pixel-size 3.3 --out ctf.star --apart 4000
    python tools/real_volume.py FOLDER ctf.star --diameter 130 --pixel-size 3.3 --picture shell.png

FOLDER holds micrographs, `NAME.mrc`; those without an entry in the STAR file are left out.
`mtdbench estimate --space ball` is run on all of them and on either half, with arguments that are
not this script's own, such as `--basis degree:6`. Lines of JSON tell

- `estimate`: the density, the iterations, CPU seconds, and of the mean over directions from the
  middle the radius of the peak and the inner and outer radius at half its height, in angstrom;
- `halves`: the Fourier shell correlation of the two halves, one aligned with the other, and the
  frequency in cycles to an angstrom up to which it is above 0.5.

The picture has sections of the volume, the mean over directions, and the shell correlation.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import starfile
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from scipy import ndimage

from mtdbench.commands.recorded_run import recorded_run
from mtdbench.evaluate.fsc import resolution, shell_correlation
from mtdbench.figures.layout.save import theme
from mtdbench.figures.layout.style import PALETTE
from mtdbench.spaces import make_space
from mtdbench.spaces.directions import directions

STEP = 0.1  # samples between radii


def estimate(files: list[Path], out: Path, words: list[str]) -> None:
    """Estimate a volume into a folder."""
    command = [sys.executable, "-m", "mtdbench", "estimate", *map(str, files), "--space", "ball"]
    subprocess.run([*command, *words, "--out", str(out)], check=True, capture_output=True)


def radial_mean(volume: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Radii in samples, and the means over directions from the middle at each."""
    radii, middle = np.arange(0, len(volume) / 2, STEP)[:, None], len(volume) // 2
    places = [middle + radii * unit for unit in directions(3).T]
    return radii[:, 0], ndimage.map_coordinates(volume, places, order=3).mean(axis=1)


def shell(volume: np.ndarray) -> dict[str, float]:
    """Of the mean over directions the radius of the peak, and the inner and outer radius at half
    its height, in samples; the inner one is 0 where the middle is above that.
    """
    radii, mean = radial_mean(volume)
    peak = int(np.argmax(mean))
    low = mean < mean[peak] / 2
    inner = int(np.max(np.flatnonzero(low[:peak]), initial=0))
    outer = peak + int(np.argmax(low[peak:]))
    return {"inner": radii[inner], "peak": radii[peak], "outer": radii[outer]}


def draw(volume: np.ndarray, fsc: tuple[np.ndarray, np.ndarray], size: float) -> Figure:
    """The figure; its axes are in angstrom."""
    figure = Figure(figsize=(9, 2.5), layout=ConstrainedLayoutEngine(w_pad=0.08))
    axes, middle, half = figure.subplots(1, 4), len(volume) // 2, len(volume) * size / 2
    sections = {"section z = 0": volume[middle], "section x = 0": volume[:, :, middle]}
    for axis, (title, section) in zip(axes, sections.items(), strict=False):
        axis.imshow(section, cmap="gray", extent=(-half, half, -half, half), origin="lower")
        axis.set(title=title, xlabel="angstrom")
        axis.grid(visible=False)
    radii, mean = radial_mean(volume)
    axes[2].plot(radii * size, mean, color=PALETTE[0])
    axes[2].set(title="mean over directions", xlabel="radius, angstrom")
    axes[3].plot(fsc[0] / size, fsc[1], color=PALETTE[0])
    axes[3].axhline(0.5, color=PALETTE[1], linestyle="--")
    axes[3].set(title="correlation of half-sets", xlabel="cycles to an angstrom", ylim=(-0.1, 1.05))
    return figure


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("ctf", type=Path, help="a STAR file of RELION's columns")
    parser.add_argument("--diameter", type=float, required=True, help="angstrom")
    parser.add_argument("--pixel-size", type=float, required=True, help="angstrom")
    parser.add_argument(
        "--keep", type=Path, help="folder for estimates; those that it has are not made again"
    )
    parser.add_argument("--picture", type=Path)
    given, more = parser.parse_known_args()
    names = set(starfile.read(given.ctf)["rlnMicrographName"])
    files = [file for file in sorted(given.folder.glob("*.mrc")) if file.name in names]
    words = ["--diameter", str(given.diameter), "--pixel-size", str(given.pixel_size)]
    words += ["--ctf", str(given.ctf), *more]
    parts = {"all": files, "half-0": files[::2], "half-1": files[1::2]}
    with tempfile.TemporaryDirectory() as temporary:
        folder, found = given.keep or Path(temporary), {}
        for name, some in parts.items():
            if not (folder / name / "run.json").exists():
                estimate(some, folder / name, words)
            facts = recorded_run(folder / name)
            size, space = facts["pixel_size"], make_space("ball", facts["window"], facts["basis"])
            found[name] = np.load(folder / name / "coefficients.npy")
            radii = shell(space.render(found[name]))
            row = {"of": name, "status": facts["status"], "density": facts["density"]}
            row |= {"iterations": facts["iterations"], "cpu_seconds": round(facts["cpu_seconds"])}
            row |= {key: round(float(value) * size, 1) for key, value in radii.items()}
            print(json.dumps({"estimate": row}), flush=True)
    one, other = found["half-0"], space.align(found["half-1"], found["half-0"])
    fsc = shell_correlation(space.render(one), space.render(other))
    reached = 1 / (resolution(fsc[1], facts["window"]) * size)
    shells = [round(float(value), 3) for value in fsc[1]]
    print(json.dumps({"halves": {"reached": reached, "shells": shells}}))
    if given.picture:
        theme()
        draw(space.render(found["all"]), fsc, size).savefig(given.picture, dpi=200)


if __name__ == "__main__":
    main()
