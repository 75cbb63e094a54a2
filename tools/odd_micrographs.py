"""Whether what real files have besides copies and noise changes what is found in them.

    python tools/odd_micrographs.py --seeds 20

For each seed a micrograph of 200 x 260 samples is made: 150 copies of one image of 5 x 5 samples
and white noise of standard deviation 1. It is written once as it is (`clean`) and once for each
fault: a background, counts of a detector, a gradient, a dead border, hot samples, a crystal, dark
copies, coloured noise and copies. `mtdbench estimate` with nothing given but the window is run on
each. A line of JSON for each fault tells how far, over the seeds, the mean of what was found
departs from that of `clean`, in units of the scatter of `clean` over the seeds: below 2 it is
within its uncertainty.
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np

from mtdbench.cli import main as mtdbench
from mtdbench.spaces import make_space

SHAPE, WINDOW, COPIES = (200, 260), 5, 150
Fault = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def _hot(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    y.flat[rng.choice(y.size, 5, replace=False)] = 800
    return y


def _border(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    y[:20] = 0
    return y


def _crystal(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    y[60:110, 180:240] = -40 + 3 * rng.standard_normal((50, 60))
    return y


def _coloured(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Slow variations are up to five times as strong, of noise and copies."""
    k = np.hypot(np.fft.fftfreq(SHAPE[0])[:, None], np.fft.rfftfreq(SHAPE[1]))
    return np.fft.irfft2(np.fft.rfft2(y) * (1 + 4 / (1 + 200 * k)), SHAPE)


FAULTS: dict[str, Fault] = {
    "clean": lambda y, rng: y,
    "background": lambda y, rng: y + 10_000,
    "counts": lambda y, rng: np.clip(100 * y + 3000, 0, None).astype(np.uint16),
    "gradient": lambda y, rng: y + np.linspace(0, 50, SHAPE[1]),
    "border": _border,
    "hot": _hot,
    "crystal": _crystal,
    "dark": lambda y, rng: -y,
    "coloured": _coloured,
}


@dataclass(frozen=True)
class Found:
    """What an estimate says: coefficients in the orientation of the truth, and the density."""

    x: np.ndarray
    density: float


def picture() -> np.ndarray:
    """An oblong spot, shape (5, 5)."""
    row, column = np.indices((WINDOW, WINDOW)) - WINDOW // 2
    return np.asarray(3 * np.exp(-(column**2 + 2 * row**2) / 3))


def micrograph(rng: np.random.Generator) -> np.ndarray:
    """Well-separated copies of the picture in white noise."""
    y = rng.standard_normal(SHAPE)
    placed: list[np.ndarray] = []
    while len(placed) < COPIES:
        corner = rng.integers(0, np.array(SHAPE) - WINDOW + 1)
        if all(np.abs(corner - other).max() >= 2 * WINDOW - 1 for other in placed):
            y[tuple(slice(c, c + WINDOW) for c in corner)] += picture()
            placed.append(corner)
    return y


def found(y: np.ndarray, folder: Path) -> Found:
    """What `mtdbench estimate` finds in a micrograph."""
    np.save(folder / "y.npy", y)
    form = ["--space", "disc", "--window", str(WINDOW), "--option", "n_init=2"]
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        mtdbench(["estimate", str(folder / "y.npy"), *form, "--out", str(folder / "out")])
    facts = json.loads((folder / "out" / "run.json").read_text())
    space = make_space("disc", WINDOW, facts["basis"])
    truth = space.expand(picture())
    return Found(space.align(np.load(folder / "out" / "coefficients.npy"), truth), facts["density"])


def compare(clean: list[Found], other: list[Found]) -> dict[str, float]:
    """Mean departures from `clean` in units of the scatter of `clean`."""
    x, y = (np.array([each.x for each in many]) for many in (clean, other))
    a, b = (np.array([each.density for each in many]) for many in (clean, other))
    scatter = np.sqrt(x.var(axis=0, ddof=1).sum())
    return {
        "density": float(b.mean()),
        "density_departs": float(abs(b.mean() - a.mean()) / a.std(ddof=1)),
        "object_departs": float(np.linalg.norm(y.mean(axis=0) - x.mean(axis=0)) / scatter),
        "object_scatter": float(np.sqrt(y.var(axis=0, ddof=1).sum()) / scatter),
    }


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--faults", nargs="+", choices=FAULTS, default=list(FAULTS))
    given = parser.parse_args()
    estimates: dict[str, list[Found]] = {name: [] for name in ("clean", *given.faults)}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(given.seeds):
            y = micrograph(np.random.default_rng([seed, 0]))
            for name, estimated in estimates.items():
                spoilt = FAULTS[name](y.copy(), np.random.default_rng([seed, 1]))
                estimated.append(found(spoilt, Path(folder)))
    share = COPIES * WINDOW**2 / np.prod(SHAPE)
    print(json.dumps({"true density": share, "seeds": given.seeds}))
    for name, estimated in estimates.items():
        print(json.dumps({"fault": name} | compare(estimates["clean"], estimated)), flush=True)


if __name__ == "__main__":
    main()
