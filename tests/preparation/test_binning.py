"""Binning keeps means and white noise, and what was not measured spoils its own block alone."""

import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.preparation import Settings
from mtdbench.preparation.binning import bin_factor, binned, factor_for_window

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(61,), (61, 47), (20, 13, 15)])
@pytest.mark.parametrize("factor", [1, 2, 3])
def test_means_over_blocks(shape: tuple[int, ...], factor: int) -> None:
    y = RNG.normal(size=shape)
    found, measured = binned(y, np.ones(shape, dtype=bool), factor)
    assert found.shape == measured.shape == tuple(n // factor for n in shape)
    assert measured.all()
    corner = y[(slice(factor),) * len(shape)].mean()
    assert found.flat[0] == pytest.approx(corner, rel=1e-5)


def test_white_noise_stays_white() -> None:
    y, _ = binned(RNG.normal(size=(900, 900)), np.ones((900, 900), dtype=bool), 3)
    assert y.std() == pytest.approx(1 / 3, rel=0.02)
    assert abs(np.mean(y[1:] * y[:-1])) < 4 / 300 * y.var()


def test_a_block_is_measured_if_most_of_it_is() -> None:
    y, measured = np.ones((9, 9)), np.ones((9, 9), dtype=bool)
    y[0, 0], measured[0, 0] = 1e6, False
    y[3:5, 3:5], measured[3:5, 3:5] = 1e6, False
    found, known = binned(y, measured, 3)
    assert known.tolist() == [[True] * 3, [True, False, True], [True] * 3]
    assert np.all(found[known] == 1)


@pytest.mark.parametrize(("wanted", "factor"), [(3.3, 1), (9.9, 3), (9.0, 3), (6.0, 2)])
def test_the_nearest_factor(wanted: float, factor: int) -> None:
    assert bin_factor(Settings(bin_to=wanted), 3.3) == factor


def test_sizes_that_cannot_be_had() -> None:
    with pytest.raises(InputError, match="unknown size"):
        bin_factor(Settings(bin_to=5.0), None)
    with pytest.raises(InputError, match=r"expected 3\.3"):
        bin_factor(Settings(bin_to=1.0), 3.3)


def test_a_particle_fits_into_its_window() -> None:
    assert factor_for_window(130, 3.3, 15) == 3
    assert factor_for_window(130, 3.3, 45) == 1
    for window in (7, 11, 21, 31):
        factor = factor_for_window(130, 1.0, window)
        assert 130 / factor < window < 1.1 * 130 / max(factor - 1, 1e-9)
