"""Tables whose comparison is known."""

import json

import numpy as np
import pandas as pd
import pytest

FACTS = {
    "study": "s", "space": "line", "ndim": 1, "window": 5, "size": 100, "density": 0.1,
    "spacing": "well-separated", "options": "{}", "status": "ok", "reason": "",
    "wall_seconds": 20.0, "setup_seconds": 0.1, "peak_rss_mib": 200.0, "threads": 1,
    "device": "cpu", "host": "h", "version": "0.1.0", "commit": "0123456789ab", "target": "random",
    "basis": "auto", "sigma": 0.25, "density_requested": 0.1, "half": 0, "note": "",
}  # fmt: skip


def _table(errors, snrs=(1.0, 2.0, 5.0), trials=8, sweep="a", **more) -> pd.DataFrame:
    """A sweep over SNR; `errors` maps an estimator to its error by SNR and trial."""
    rows = [
        FACTS
        | {
            "sweep": sweep, "cell": f"{sweep}-snr{snr:g}", "snr": snr, "trial": trial,
            "seed": 1000 + trial, "estimator": name, "method": name.split()[0],
            "error": error(snr, trial), "cpu_seconds": 1.0 + trial, "iterations": 3,
        }
        | more
        for snr in snrs for trial in range(trials) for name, error in errors.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def made():
    """A function that makes a table."""
    return _table


@pytest.fixture(scope="session")
def noise():
    """A factor near to 1, the same whenever it is asked for."""

    def factor(seed: int, trial: int, snr: float, spread: float = 0.1) -> float:
        rng = np.random.default_rng([seed, trial, int(1000 * snr)])
        return float(np.exp(spread * rng.standard_normal()))

    return factor


@pytest.fixture
def save(tmp_path):
    """A function that writes a table as the folder of a study."""

    def write(table: pd.DataFrame, name: str = "s", **study):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        table.to_parquet(folder / "table.parquet")
        references = {"references": ["oracle", "zero"]}
        (folder / "study.json").write_text(json.dumps({"study": study, "provenance": references}))
        return folder

    return write
