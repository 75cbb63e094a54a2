"""The defocus of micrographs from their Thon rings, for those that nobody measured with CTFFIND.

    python tools/thon_rings.py FOLDER/*.mrc --pixel-size 3.3 --out ctf.star --apart 4000

The logarithm of the power spectrum, averaged over rings, is fitted by a polynomial and
-cos 2 chi(k) with a decay (see `mtdbench.optics.transfer_function`); the defocus is that of the
least residual on a grid. No astigmatism is fitted. A line of JSON for each micrograph says what was
found and which share of the rings' variance it explains; micrographs of which it explains less than
`--least` have no entry in the table, and `mtdbench` refuses them.

Micrographs whose defocus differs by less than `--apart` angstrom are given the mean of theirs: each
optics group has templates of its own, and few differ by anything that samples of 10 angstrom show.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import starfile

from mtdbench.micrographs import read_micrographs
from mtdbench.optics.transfer_function import TransferFunction

TILE = 200  # samples
STEPS = np.arange(5000.0, 60000.0, 50.0)  # angstrom of defocus
DEGREE, DECAY = 4, 120.0  # of the polynomial; square angstrom
WIDEST, FINEST = 1 / 28, 1 / 8.7  # frequencies of the fit: above those of a particle


def ring_spectrum(image: np.ndarray) -> np.ndarray:
    """log of the mean power of tiles on rings about 0, by frequencies of a tile, (TILE // 2,)."""
    clipped = np.clip(image, *np.quantile(image, (0.001, 0.999)))
    taper, total = np.outer(*[np.hanning(TILE)] * 2), np.zeros((TILE, TILE))
    for corner in np.ndindex(*((side - TILE) // (TILE // 4) + 1 for side in image.shape)):
        rows, columns = (slice(c * (TILE // 4), c * (TILE // 4) + TILE) for c in corner)
        tile = clipped[rows, columns]
        total += np.abs(np.fft.fft2((tile - tile.mean()) * taper)) ** 2
    k = np.fft.fftfreq(TILE, 1 / TILE)
    ring = np.hypot(k[:, None], k).round().astype(int).ravel()
    return np.log(np.bincount(ring, total.ravel()) / np.bincount(ring))[: TILE // 2]


def fitted_defocus(
    image: np.ndarray, pixel_size: float, like: TransferFunction
) -> tuple[float, float]:
    """The defocus in angstrom and the share of the rings' variance that it explains."""
    k = np.arange(TILE // 2) / (TILE * pixel_size)
    used = (k > WIDEST) & (k < FINEST)
    y, k = ring_spectrum(image)[used], k[used]
    smooth = np.vander(np.interp(k, (k[0], k[-1]), (-1, 1)), DEGREE + 1)
    rough = y - smooth @ np.linalg.lstsq(smooth, y)[0]
    left = [_residual(smooth, y, k, replace(like, defocus_u=z, defocus_v=z)) for z in STEPS]
    best = int(np.argmin(left))
    return float(STEPS[best]), float(1 - left[best] / np.sum(rough**2))


def _residual(smooth: np.ndarray, y: np.ndarray, k: np.ndarray, ctf: TransferFunction) -> float:
    """Sum of squares that the polynomial and the rings leave; rings of the wrong sign do not
    count.
    """
    rings = (2 * ctf.value(k[None]) ** 2 - 1) * np.exp(-DECAY * k**2)
    columns = np.column_stack([smooth, rings])
    fit = np.linalg.lstsq(columns, y)[0]
    if fit[-1] <= 0:
        columns, fit = smooth, np.linalg.lstsq(smooth, y)[0]
    return float(np.sum((y - columns @ fit) ** 2))


def grouped(defocus: np.ndarray, apart: float) -> np.ndarray:
    """Each replaced by the mean of its group: groups in order, none wider than `apart`."""
    order, out, start = np.argsort(defocus), np.empty(len(defocus)), 0
    for stop in range(1, len(order) + 1):
        if stop == len(order) or defocus[order[stop]] - defocus[order[start]] >= apart:
            out[order[start:stop]] = defocus[order[start:stop]].mean().round()
            start = stop
    return out


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--pixel-size", type=float, required=True, help="angstrom")
    parser.add_argument("--out", type=Path, required=True, help="a STAR file of RELION's columns")
    parser.add_argument("--voltage", type=float, default=300, help="kV")
    parser.add_argument("--spherical-aberration", type=float, default=2.0, help="mm")
    parser.add_argument("--amplitude-contrast", type=float, default=0.07)
    parser.add_argument("--apart", type=float, default=0.0, help="angstrom")
    parser.add_argument("--least", type=float, default=0.5, help="share of the variance")
    given: Any = parser.parse_args()
    like = TransferFunction(
        voltage=given.voltage, spherical_aberration=given.spherical_aberration,
        amplitude_contrast=given.amplitude_contrast, defocus_u=0.0,
    )  # fmt: skip
    rows = []
    for file in given.files:
        micrographs, _ = read_micrographs([str(file)], 2, given.pixel_size)
        z, share = fitted_defocus(micrographs.images[0].astype(float), given.pixel_size, like)
        row = {"micrograph": file.name, "defocus": z, "explained": round(share, 3)}
        print(json.dumps(row), flush=True)
        rows += [row] if share >= given.least else []
    defocus = grouped(np.array([row["defocus"] for row in rows]), given.apart)
    table = pd.DataFrame({
        "rlnMicrographName": [row["micrograph"] for row in rows],
        "rlnDefocusU": defocus, "rlnDefocusV": defocus, "rlnDefocusAngle": 0.0,
        "rlnVoltage": given.voltage, "rlnSphericalAberration": given.spherical_aberration,
        "rlnAmplitudeContrast": given.amplitude_contrast,
    })  # fmt: skip
    starfile.write(table, given.out)


if __name__ == "__main__":
    main()
