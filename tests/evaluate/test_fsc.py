"""Laws of the Fourier shell correlation and of the resolution read off it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtdbench.evaluate.fsc import resolution, shell_correlation, shell_numbers
from mtdbench.evaluate.relative_error import errors

SEEDS = st.integers(0, 2**32 - 1)
WINDOWS = st.integers(3, 12)
DIMENSIONS = st.sampled_from([2, 3])


def pair(seed, window, ndim=3):
    """Two noisy versions of one volume."""
    rng = np.random.default_rng(seed)
    shared, one, other = rng.normal(size=(3, *(window,) * ndim))
    return shared + one, shared + other


def fsc(a, b):
    return shell_correlation(a, b)[1]


@given(SEEDS, WINDOWS, DIMENSIONS, st.floats(1e-3, 1e3))
def test_it_is_1_for_a_volume_and_itself_whatever_the_scale(seed, window, ndim, scale):
    a, _ = pair(seed, window, ndim)
    np.testing.assert_allclose(fsc(a, scale * a), 1, rtol=1e-10)
    np.testing.assert_allclose(fsc(a, -a), -1, rtol=1e-10)


@given(SEEDS, WINDOWS, DIMENSIONS)
def test_it_is_symmetric_and_is_moved_by_nothing_that_moves_both(seed, window, ndim):
    a, b = pair(seed, window, ndim)
    np.testing.assert_allclose(fsc(b, a), fsc(a, b), rtol=1e-9, atol=1e-12)
    for axes in [(0, 1), (ndim - 2, ndim - 1)]:
        turned = fsc(np.rot90(a, axes=axes), np.rot90(b, axes=axes))
        np.testing.assert_allclose(turned, fsc(a, b), rtol=1e-9, atol=1e-12)
    moved = fsc(np.roll(a, 2, axis=0), np.roll(b, 2, axis=0))
    np.testing.assert_allclose(moved, fsc(a, b), rtol=1e-9, atol=1e-12)


def test_it_is_the_sum_over_the_frequencies_that_it_says():
    window = 6
    a, b = pair(3, window)
    frequencies, found = shell_correlation(a, b)
    assert frequencies == pytest.approx([1 / 6, 2 / 6])
    grid = np.arange(window)
    sums = np.zeros((3, 2))
    for k in np.ndindex(a.shape):
        centred = [(i + window // 2) % window - window // 2 for i in k]
        length = np.sqrt(sum(i**2 for i in centred))
        for shell in (1, 2):
            if shell - 0.5 <= length < shell + 0.5:
                waves = [np.exp(-2j * np.pi * i * grid / window) for i in k]
                A, B = (np.einsum("zyx,z,y,x", v, *waves) for v in (a, b))
                sums[:, shell - 1] += (A * B.conj()).real, abs(A) ** 2, abs(B) ** 2
    np.testing.assert_allclose(found, sums[0] / np.sqrt(sums[1] * sums[2]), rtol=1e-10)


def test_of_independent_noise_it_is_0_but_for_a_spread_of_1_over_root_n():
    window, rng = 9, np.random.default_rng(1)
    values = np.array([fsc(*rng.normal(size=(2, *(window,) * 3))) for _ in range(400)])
    numbers = np.bincount(shell_numbers(3, window))[1:5]
    # Half of the frequencies are free, each of two parts: so many real numbers are correlated.
    expected = 1 / np.sqrt(numbers)
    np.testing.assert_allclose(values.std(axis=0), expected, rtol=0.12)
    assert (abs(values.mean(axis=0)) < 4 * expected / np.sqrt(400)).all()


@pytest.mark.parametrize("shell", [1, 2, 3, 4])
def test_a_volume_cut_off_behind_a_shell_crosses_there(shell):
    window = 11
    a, _ = pair(5, window)
    kept = (shell_numbers(3, window) <= shell).reshape(a.shape)
    low = np.fft.ifftn(np.fft.fftn(a) * kept).real
    found = fsc(a, low)
    np.testing.assert_allclose(found, np.arange(1, 6) <= shell, atol=1e-10)
    assert resolution(found, window) == pytest.approx(window / (shell + 0.5))


def test_where_one_has_nothing_nothing_is_shared():
    a, _ = pair(0, 7)
    np.testing.assert_array_equal(fsc(a, np.zeros_like(a)), 0)
    np.testing.assert_array_equal(fsc(np.zeros_like(a), np.zeros_like(a)), 0)


@pytest.mark.parametrize("shapes", [((4, 4, 4), (5, 5, 5)), ((4, 4, 5), (4, 4, 5))])
def test_shapes_that_do_not_fit_are_told(shapes):
    with pytest.raises(ValueError, match="expected twice the same"):
        shell_correlation(*map(np.ones, shapes))


@pytest.mark.parametrize(
    ("curve", "crossing"),
    [
        ([0.9, 0.7, 0.3, 0.0, 0.0], 2.5),
        ([0.9, 0.6, 0.2, 0.9, 0.9], 2.25),  # the first crossing counts
        ([0.0, 0.0, 0.0, 0.0, 0.0], 0.5),  # from 1 at shell 0
        ([0.25, 0.9, 0.9, 0.9, 0.9], 2 / 3),
        ([1.0, 1.0, 1.0, 1.0, 0.5], 5),  # at least 0.5 throughout
        ([1.0, 0.5, 0.4, 0.0, 0.0], 2),
    ],
)
def test_the_resolution_is_the_first_crossing(curve, crossing):
    assert resolution(np.array(curve), 11) == pytest.approx(11 / crossing)


def test_no_resolution_without_a_curve():
    assert np.isnan(resolution(np.array([]), 2))
    assert np.isnan(resolution(np.array([1.0, np.nan]), 5))


class Cube:
    """A space of volumes whose coefficients are their samples; what `errors` needs of one."""

    kind = "volume"

    def render(self, x):
        return x.reshape(7, 7, 7)

    def align(self, x, truth):
        return x


def test_volumes_have_a_resolution_among_their_errors():
    a, b = (volume.ravel() for volume in pair(2, 7))
    found = errors(Cube(), b, a)
    expected = resolution(fsc(b.reshape(7, 7, 7), a.reshape(7, 7, 7)), 7)
    assert found["fsc_resolution"] == expected
    assert errors(Cube(), a, a)["fsc_resolution"] == 7 / 3
    assert errors(Cube(), 0 * a, a)["fsc_resolution"] == 14
