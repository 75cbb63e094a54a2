"""Whitening: exact for the noise that its kernel stands for, flat for others."""

import numpy as np
import pytest
import scipy

from mtdbench.model.filters import Convolution
from mtdbench.preparation.noise_covariance import noise_covariance
from mtdbench.preparation.whitening import (
    COVARIANCE_REACH,
    SPECTRUM_REACH,
    left_covariance,
    predictor,
    unevenness,
    whitened,
    whitening,
)
from mtdbench.spaces import Window

KERNEL = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, -0.4], [0.05, -0.35, 0.1]])


def coloured(shape: tuple[int, ...], kernel: np.ndarray, seed: int = 0) -> np.ndarray:
    """Noise that the kernel makes white, on a torus."""
    white = np.random.default_rng(seed).standard_normal(shape)
    padded = np.zeros(shape)
    index = [np.arange(-(n // 2), n // 2 + 1) for n in kernel.shape]
    padded[np.ix_(*index)] = kernel
    return np.fft.ifftn(np.fft.fftn(white) / np.fft.fftn(padded)).real


def test_the_likelihood_is_that_of_the_dense_covariance() -> None:
    """For noise that begins at rest, on a field small enough for a dense covariance."""
    shape, sigma = (7, 6), 0.7
    size = shape[0] * shape[1]
    matrix = np.array(
        [scipy.ndimage.convolve(e.reshape(shape), KERNEL, mode="constant").ravel()
         for e in np.eye(size)]
    ).T  # fmt: skip
    root = np.linalg.inv(matrix)
    y = root @ (sigma * np.random.default_rng(0).standard_normal(size))
    dense = scipy.stats.multivariate_normal(np.zeros(size), sigma**2 * root @ root.T).logpdf(y)
    white = np.sum(scipy.stats.norm(0, sigma).logpdf(matrix @ y))
    assert white == pytest.approx(dense, abs=1e-8)
    samples, whole = whitened(y.reshape(shape).astype("f4"), np.ones(shape, dtype=bool), KERNEL)
    assert samples.ravel() == pytest.approx(matrix @ y, abs=1e-5)
    assert whole.tolist() == [[i > 0 and 0 < j < 5 for j in range(6)] for i in range(7)]


def test_interior_given_its_rim() -> None:
    """Given the samples around it, which the mask leaves out, the density of a sample is that of
    the whitened one, whatever the noise began from: here from the stationary covariance.
    """
    noise = coloured((64, 64), KERNEL)
    covariance = np.fft.ifftn(np.abs(np.fft.fft2(KERNEL, (64, 64))) ** -2.0).real
    before = np.array([[i, j] for i in range(3) for j in range(5) if (i, j) < (2, 2)])
    here = np.array([2, 2])
    lags = before[:, None] - before
    between, across = covariance[lags[..., 0], lags[..., 1]], covariance[tuple((here - before).T)]
    weights = np.linalg.solve(between, across)
    variance = covariance[0, 0] - across @ weights
    residual = noise[2, 2] - weights @ noise[tuple(before.T)]
    given = scipy.stats.norm(0, np.sqrt(variance)).logpdf(residual)
    white = scipy.signal.convolve2d(noise[:5, :5], KERNEL, "same")[2, 2]
    assert scipy.stats.norm(0, 1).logpdf(white) == pytest.approx(given, abs=1e-8)


def test_a_copy_is_whitened_as_the_forward_model_says() -> None:
    copy = np.random.default_rng(1).normal(size=(5, 5))
    y = np.zeros((20, 20), dtype="f4")
    y[8:13, 9:14] = copy
    samples, _ = whitened(y, np.ones(y.shape, dtype=bool), KERNEL)
    shown = Convolution(KERNEL).apply(copy.ravel(), Window((5, 5))).reshape(7, 7)
    assert samples[7:14, 8:15] == pytest.approx(shown, abs=1e-5)
    samples[7:14, 8:15] = 0
    assert np.all(samples == 0)


@pytest.mark.parametrize("kernel", [KERNEL, np.array([0.0, 1.0, -0.8])], ids=["image", "signal"])
def test_the_kernel_of_autoregressive_noise_is_found(kernel: np.ndarray) -> None:
    noise = coloured((300,) * kernel.ndim if kernel.ndim > 1 else (60_000,), kernel)
    covariance = noise_covariance(noise, np.ones(noise.shape), COVARIANCE_REACH)
    found = predictor(covariance, 1)
    assert found == pytest.approx(kernel, abs=0.02)
    left = left_covariance(covariance, found)
    white = np.zeros(left.shape)
    white[tuple(n // 2 for n in left.shape)] = 1
    assert left == pytest.approx(white, abs=0.03)


@pytest.mark.parametrize("width", [0.6, 1.0])
def test_blurred_noise_gets_a_flat_spectrum(width: float) -> None:
    noise = np.random.default_rng(2).standard_normal((300, 300))
    y = noise + 3 * scipy.ndimage.gaussian_filter(noise, width)
    before = noise_covariance(y, np.ones(y.shape), COVARIANCE_REACH)
    found = whitening(before)
    samples, whole = whitened(y.astype("f4"), np.ones(y.shape, dtype=bool), found.kernel)
    left = noise_covariance(samples, whole * 1.0, SPECTRUM_REACH)
    assert unevenness(before) > 0.7
    assert unevenness(left) < 0.36
    assert unevenness(left) == pytest.approx(found.unevenness, abs=0.05)
    assert samples[whole].var() == pytest.approx(found.variance, rel=0.02)


def test_a_detector_is_undone_without_a_shift() -> None:
    """What a symmetric filter makes of noise and copies is taken back from both."""
    rng = np.random.default_rng(6)
    clean = rng.standard_normal((300, 300))
    clean[150, 150] += 60
    y = clean + 3 * scipy.ndimage.gaussian_filter(clean, 0.6)
    known = np.ones(y.shape)
    known[140:160, 140:160] = 0
    found = whitening(noise_covariance(y, known, COVARIANCE_REACH), symmetric=True)
    assert found.kernel == pytest.approx(found.kernel[::-1, ::-1], abs=1e-9)
    assert found.unevenness < 0.36
    samples, _ = whitened(y.astype("f4"), known > -1, found.kernel)
    copy = samples[147:154, 147:154] / np.sqrt(found.variance)
    assert copy[3, 3] == pytest.approx(60, rel=0.1)
    copy[3, 3] = 0
    assert np.abs(copy).max() < 6


def test_white_noise_is_left_alone() -> None:
    noise = np.random.default_rng(3).standard_normal((200, 200))
    found = whitening(noise_covariance(noise, np.ones(noise.shape), COVARIANCE_REACH))
    assert found.kernel is None
    assert found.variance == pytest.approx(1, rel=0.03)


def test_samples_without_weight_do_not_count() -> None:
    noise = np.random.default_rng(4).standard_normal((100, 100))
    weights = np.ones(noise.shape)
    weights[30:60] = 0
    spoilt = np.where(weights > 0, noise, 1e6)
    whole = noise_covariance(np.where(weights > 0, noise, 0), weights, 2)
    assert noise_covariance(spoilt + 7, weights, 2) == pytest.approx(whole, rel=1e-9)
    assert whole[2, 2] == pytest.approx(noise[weights > 0].var())


@pytest.mark.parametrize("reach", range(6))
@pytest.mark.parametrize("radius", [None, 1, 3])
def test_few_lags_tell_a_small_kernel(reach: int, radius: int | None) -> None:
    """Small micrographs have few: a kernel is at most half as far-reaching, or there is none."""
    lags = np.abs(np.arange(-reach, reach + 1))
    covariance = 0.6 ** (lags[:, None] + lags)
    found = whitening(covariance, radius)
    if reach < 2:
        assert found.kernel is None
    else:
        assert found.kernel is not None
        assert len(found.kernel) <= reach + 1
