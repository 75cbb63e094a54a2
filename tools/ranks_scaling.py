"""How much sooner a fit ends in several ranks: `python tools/ranks_scaling.py [--ranks 2]`.

Each case is fitted in one rank and in several, in turn, one thread to a rank, by `mtdbench
estimate`. A line of JSON tells the seconds on the clock, without set-up, of the quickest run of
each; how many times as fast the ranks are; how many cores were busy in the whole command; and how
far apart the two estimates are. Run it on a machine that does nothing else.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import mtdbench


@dataclass(frozen=True)
class Fit:
    """A simulated measurement and the options of EM; about a minute in one rank."""

    space: str
    window: int
    size: int
    density: float
    options: tuple[str, ...]


FITS = {
    "images": Fit(
        "disc", 11, 1700, 0.1, ("n_init=1", "batch_fraction=1", "iterations=14", "tolerance=0")
    ),
    "images-stochastic": Fit("disc", 11, 1700, 0.1, ("batch_fraction=0.5", "iterations=24")),
    # 4096 patches: four whole blocks, so that two ranks have the same work.
    "volumes": Fit("ball", 9, 576, 0.1, ("n_init=1", "iterations=20")),
}


def main() -> None:
    """Measure the cases that are named."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("cases", nargs="*", choices=[[], *FITS], help="(default: all)")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turn")
    parser.add_argument("--size", type=int, help="N, in place of the case's own")
    arguments = parser.parse_args()
    for name in arguments.cases or FITS:
        with tempfile.TemporaryDirectory() as folder:
            line = compare(FITS[name], Path(folder), arguments)
        print(json.dumps({"case": name, **line}), flush=True)


def compare(fit: Fit, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """One case in one rank and in several, in turn."""
    size = arguments.size or fit.size
    data = mtdbench.simulate(
        fit.space, fit.window, size=size, snr=0.5, density=fit.density, seed=1, folder=folder
    )
    sigma, counts = str(data.measurement.sigma), (1, arguments.ranks)
    runs: dict[int, list[dict[str, Any]]] = {count: [] for count in counts}
    for _ in range(arguments.rounds):
        for count in counts:
            runs[count].append(timed(fit, folder, sigma, count))
    least = {count: min(run["seconds"] for run in runs[count]) for count in counts}
    one, several = (np.load(folder / str(count) / "coefficients.npy") for count in counts)
    return {
        "ranks": arguments.ranks,
        "seconds": [round(least[count], 2) for count in counts],
        "times as fast": round(least[1] / least[arguments.ranks], 3),
        "busy cores": [round(max(run["busy"] for run in runs[count]), 2) for count in counts],
        "apart": float(np.linalg.norm(several - one) / np.linalg.norm(one)),
    }


def timed(fit: Fit, folder: Path, sigma: str, ranks: int) -> dict[str, Any]:
    """What `run.json` says of one fit, and the CPU seconds to a second of the command."""
    options = [part for option in fit.options for part in ("--option", option)]
    out = folder / str(ranks)
    command = [sys.executable, "-m", "mtdbench", "estimate", str(folder / "measurement.npy")]
    command += ["--space", fit.space, "--window", str(fit.window), "--sigma", sigma, *options]
    command += ["--estimator", "em", "--threads", "1", "--out", str(out), "--ranks", str(ranks)]
    before, start = children_cpu(), time.perf_counter()
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    wall = time.perf_counter() - start
    facts: dict[str, Any] = json.loads((out / "run.json").read_text())
    return facts | {"busy": (children_cpu() - before) / wall}


def children_cpu() -> float:
    """CPU seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
