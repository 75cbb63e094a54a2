"""Data sets of noise alone: no copies, and the sigma at which copies would have the SNR."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.simulation import Recipe, make_dataset, write_dataset

NOISE = Recipe(space="disc", window=5, size=120, snr=2.0, density=0, seed=1)


@pytest.mark.parametrize(
    "changes", [{}, {"space": "line", "size": 3000}, {"space": "ball"}, {"micrographs": 2}]
)
def test_there_are_no_copies_and_the_samples_are_noise(changes: dict[str, object]) -> None:
    data = make_dataset(replace(NOISE, **changes))
    assert len(data.placement.corners) == 0
    assert (data.facts["copies"], data.facts["density"]) == (0, 0)
    sigma, samples = data.measurement.sigma, data.measurement.samples
    assert np.std(samples) == pytest.approx(sigma, rel=0.05)
    assert np.abs(np.mean(samples)) < 4 * sigma / np.sqrt(samples.size)
    assert data.truth.any()


def test_sigma_is_that_of_copies_at_the_same_snr() -> None:
    """Of one object, copies that are there and copies that might be have the same mean power."""
    target = {"target": "picture:camera", "window": 9}
    empty = make_dataset(replace(NOISE, **target))
    full = make_dataset(replace(NOISE, **target, density=0.3))
    assert empty.measurement.sigma == pytest.approx(full.measurement.sigma, rel=0.05)
    louder = make_dataset(replace(NOISE, **target, snr=8.0))
    assert empty.measurement.sigma == pytest.approx(2 * louder.measurement.sigma)


def test_files_hold_the_same(tmp_path: Path) -> None:
    facts = write_dataset(NOISE, tmp_path)
    assert facts["copies"] == 0
    written = np.load(tmp_path / "measurement.npy")
    np.testing.assert_array_equal(written, make_dataset(NOISE).measurement.samples)


def test_volumes_of_full_size_cannot_be_missing() -> None:
    with pytest.raises(InputError, match="density 0 with method 'full': expected"):
        replace(NOISE, space="ball", method="full", target="volume:c4", full_size=20)
