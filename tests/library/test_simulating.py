"""Data sets from one call."""

from pathlib import Path

import numpy as np
import pytest

import mtdbench


def test_the_truth_is_in_the_measurement() -> None:
    data = mtdbench.simulate("disc", 5, size=60, snr=1e8, density=0.1, seed=3)
    copies = data.space.project(data.truth, data.placement.poses).reshape(-1, 5, 5)
    for (row, column), copy in zip(data.placement.corners, copies, strict=True):
        window = data.measurement.samples[row : row + 5, column : column + 5]
        np.testing.assert_allclose(window, copy, atol=1e-2)
    assert data.facts["copies"] == len(copies) == 14


def test_a_folder_holds_the_same(tmp_path: Path) -> None:
    asked = {"size": 200, "snr": 1.0, "density": 0.3, "seed": 5}
    here = mtdbench.simulate("line", 7, **asked)
    there = mtdbench.simulate("line", 7, **asked, folder=tmp_path / "data")
    assert (tmp_path / "data" / "measurement.npy").is_file()
    assert isinstance(there.measurement.samples, np.memmap)
    np.testing.assert_array_equal(here.measurement.samples, there.measurement.samples)
    np.testing.assert_array_equal(here.truth, there.truth)
    assert here.facts == there.facts


def test_a_value_that_is_not_valid_is_named() -> None:
    with pytest.raises(mtdbench.InputError, match="snr -1"):
        mtdbench.simulate("line", 7, size=200, snr=-1)
    with pytest.raises(mtdbench.InputError, match="did you mean 'line'"):
        mtdbench.simulate("lines", 7, size=200, snr=1)


def test_faults_are_named(tmp_path: Path) -> None:
    asked = {"size": 200, "snr": 1.0, "density": 0.3, "faults": {"fractions": 1, "colour": 0.3}}
    here = mtdbench.simulate("line", 7, **asked)
    there = mtdbench.simulate("line", 7, **asked, folder=tmp_path)
    assert here.facts["faults"] == {"fractions": 1.0, "colour": 0.3}
    np.testing.assert_array_equal(here.measurement.samples, there.measurement.samples)
    np.testing.assert_array_equal(here.placement.fractions, there.placement.fractions)
    with pytest.raises(mtdbench.InputError, match="unknown fault 'noise'"):
        mtdbench.simulate("line", 7, size=200, snr=1, faults={"noise": 1})
