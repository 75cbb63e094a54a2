"""A small study folder of made-up numbers, for the figures and the report."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtdbench.files import write_array, write_arrays, write_json

REASON = "ValueError: <script>alert('x')</script> & \"quoted\""
ESTIMATORS = {
    "zero": ("zero", {}),
    "oracle": ("oracle", {}),
    "em": ("em", {"poses": 8}),
    "em poses=16": ("em", {"poses": 16}),
    "autocorrelation": ("autocorrelation", {}),
}
SWEEPS = [("signals", "line", 6, 1000), ("images", "disc", 5, 100)]
VOLUMES = [("volumes", "ball", 11, 500)]
NDIM = {"line": 1, "disc": 2, "ball": 3}


def _run(rng: np.random.Generator, label: str, size: int, snr: float, fails: bool) -> dict:
    method, options = ESTIMATORS[label]
    error = 1.0 if method == "zero" else rng.uniform(0.5, 2) / np.sqrt(size * snr)
    return {
        "estimator": label, "method": method,
        "options": json.dumps(options, separators=(",", ":")),
        "status": "crashed" if fails else "ok", "reason": REASON if fails else "",
        "error": np.nan if fails else error, "error_coefficients": np.nan if fails else error,
        "fsc_resolution": np.nan, "efficiency": np.nan, "iterations": 3,
        "wall_seconds": rng.uniform(0.1, 1), "cpu_seconds": rng.uniform(0.1, 1),
        "setup_seconds": 0.5, "peak_rss_mib": 200.0, "threads": 1, "device": "cpu",
        "host": "made-up", "version": "0", "commit": "0",
    }  # fmt: skip


def _target(rng: np.random.Generator, window: int, ndim: int) -> np.ndarray:
    """Noise for signals and images; a few blobs for volumes, so that there is a surface."""
    if ndim < 3:
        return rng.uniform(size=(window,) * ndim)
    grid = np.stack(np.mgrid[(slice(window),) * 3]) - window // 2
    centres = rng.uniform(-0.22, 0.22, size=(5, 3)) * window
    squares = [((grid - c[:, None, None, None]) ** 2).sum(axis=0) for c in centres]
    return np.sum([np.exp(-s / (0.03 * window**2)) for s in squares], axis=0)


@pytest.fixture(scope="session")
def make_study(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A function that writes a made-up study folder: `make_study(trials=3, fails=..., ...)`."""

    def make(
        trials: int = 2,
        fails: Callable[[str, float, int], bool] = lambda label, snr, trial: False,
        with_history: bool = True,
        name: str = "made-up",
        sweeps: list[tuple[str, str, int, int]] = SWEEPS,
    ) -> Path:
        rng, folder, rows, moments = (
            np.random.default_rng(0),
            tmp_path_factory.mktemp("studies") / name,
            [],
            [],
        )
        for sweep, space, window, base in sweeps:
            ndim = NDIM[space]
            for size, snr in [(s, r) for s in (base, 3 * base) for r in (1.0, 4.0)]:
                cell = f"{sweep}-L{window}-N{size}-snr{snr:g}-d0.1"
                shared = {
                    "study": name, "cell": cell, "space": space, "ndim": ndim, "window": window,
                    "size": size, "snr": snr, "density": 0.0999, "spacing": "well-separated",
                }  # fmt: skip
                for trial in range(trials):
                    target = _target(rng, window, ndim)
                    where = folder / "data" / cell / str(trial)
                    write_arrays(where / "truth.npz", x=target.ravel(), target=target)
                    for label in ESTIMATORS:
                        run = _run(rng, label, size ** min(ndim, 2), snr, fails(label, snr, trial))
                        known = shared | {"trial": trial, "seed": 123456 + trial} | run
                        known |= {"sweep": sweep, "target": "random", "sigma": 0.25}
                        known |= {"density_requested": 0.1, "note": "made up"}
                        known["fsc_resolution"] = 2.5 if ndim == 3 else np.nan
                        rows.append(known)
                        if run["status"] != "ok":
                            continue
                        picture = folder / "estimates" / cell / str(trial) / f"{label}.npy"
                        write_array(picture, target + 0.1 * rng.normal(size=target.shape))
                        for i in range(3):
                            moment = {k: known[k] for k in ("study", "cell", "sweep", "space")}
                            moment |= {k: known[k] for k in ("size", "snr", "trial", "estimator")}
                            moment |= {"iteration": i, "error": known["error"] * (3 - i)}
                            moments.append(moment | {"cpu_seconds": 0.1 * (i + 1)})
        pd.DataFrame(rows).to_parquet(folder / "table.parquet")
        if with_history:
            pd.DataFrame(moments).to_parquet(folder / "history.parquet")
        origin = {"versions": {"python": "3.0-made-up"}, "cpu": "made-up processor"}
        origin |= {"source": f"name: {name}  # <made up>\n"}
        write_json(folder / "study.json", {"study": {"seed": 4242}, "provenance": origin})
        return folder

    return make
