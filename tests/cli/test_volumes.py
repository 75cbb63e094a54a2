"""Volumes by the command line alone, from a simulation to .mrc files, and nothing beside them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np

SPACE = ["--space", "ball", "--window", "7"]
SIMULATE = ["simulate", *SPACE, "--target", "volume:asymmetric", "--size", "105", "--mrc"]
DATASET = {"dataset.json", "measurement.mrc", "measurement.npy", "placement.npz", "truth.npz"}
ESTIMATE = {"coefficients.npy", "estimate.mrc", "estimate.npy", "estimate.png", "run.json"}

Python = Callable[..., Any]


def found(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_simulated_micrograph_becomes_a_volume(python_alone: Python, tmp_path: Path) -> None:
    here = tmp_path / "here"
    noise = ["--snr", "5", "--density", "0.1", "--out", "data"]
    assert "copies" in python_alone("-m", "mtdbench", *SIMULATE, *noise).stdout
    assert found(here) == {"data"}  # above all no logs/ of aspire's
    assert found(here / "data") == DATASET
    sigma = json.loads((here / "data/dataset.json").read_text())["sigma"]
    options = ["--option", "poses=24", "--option", "n_init=2", "--option", "iterations=3"]
    how = ["--sigma", str(sigma), "--estimator", "em", *options, "--out", "out"]
    python_alone("-m", "mtdbench", "estimate", "data/measurement.mrc", *SPACE, *how)
    assert found(here) == {"data", "out"}
    assert found(here / "out") == ESTIMATE | {"snapshots"}
    snapshots = sorted((here / "out/snapshots").iterdir())
    assert snapshots
    for path in [here / "out/estimate.mrc", *snapshots]:
        assert mrcfile.validate(path)
        with mrcfile.open(path) as file:
            assert file.data.shape == (7, 7, 7)
            assert file.is_volume()
    with mrcfile.open(here / "out/estimate.mrc") as file:
        np.testing.assert_array_equal(file.data, np.load(here / "out/estimate.npy").astype("f4"))


def test_imports_leave_no_files(python_alone: Python, tmp_path: Path) -> None:
    python_alone(
        "-c", "import mtdbench, mtdbench.cli, mtdbench.simulation, mtdbench.estimators.em.em"
    )
    assert found(tmp_path / "here") == set()
