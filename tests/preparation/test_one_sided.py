"""The level between copies: its likelihood, its symmetry, and what copies do not do to it."""

import numpy as np
import pytest
import scipy

from mtdbench.preparation.one_sided import _objective, one_sided_fit, plain_fit
from mtdbench.preparation.smooth_basis import evaluated, powers, smooth_basis

SHAPE = (60, 50)


def values(share: float, height: float, seed: int = 0) -> np.ndarray:
    """Noise of 1 around 5, and in a share of the blocks something between 0 and a height."""
    rng = np.random.default_rng(seed)
    added = rng.uniform(0, height, SHAPE) * (rng.random(SHAPE) < share)
    return (5 + rng.standard_normal(SHAPE) + added).ravel()


def test_the_gradient_is_that_of_the_objective() -> None:
    basis = smooth_basis(SHAPE, 1, 1, np.arange(3000))
    x = np.array([4.0, 0.2, 0.3, -0.2, 1.0, -1, -2, -1.5])
    y = values(0.3, 5)
    error = scipy.optimize.check_grad(
        lambda x: _objective(x, y, basis)[0], lambda x: _objective(x, y, basis)[1], x
    )
    assert error < 1e-6


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("share", "height"), [(0.01, 80.0), (0.1, 6.0), (0.5, 6.0), (0.75, 8.0)])
def test_copies_do_not_move_the_level(share: float, height: float, sign: int) -> None:
    y, basis = sign * values(share, height), np.ones((1, 3000))
    plain = plain_fit(y, basis)
    found = one_sided_fit(y, basis, sign, plain)
    assert abs(np.mean(y) * sign - 5) > 0.25
    assert abs(sign * found.coefficients[0] - 5) < 0.2
    assert found.noise == pytest.approx(1, abs=0.1)
    assert found.loglik - plain.loglik > 20


def test_the_other_sign_is_the_mirror_image() -> None:
    y, basis = values(0.3, 5), np.ones((1, 3000))
    up = one_sided_fit(y, basis, 1, plain_fit(y, basis))
    down = one_sided_fit(-y, basis, -1, plain_fit(-y, basis))
    assert down.coefficients == pytest.approx(-up.coefficients, rel=1e-9)
    assert (down.height, down.loglik) == pytest.approx((-up.height, up.loglik), rel=1e-9)


def test_the_right_sign_explains_more() -> None:
    y, basis = values(0.2, 5), np.ones((1, 3000))
    plain = plain_fit(y, basis)
    right, wrong = (one_sided_fit(y, basis, sign, plain).loglik for sign in (1, -1))
    assert right > wrong + 20


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_no_copies(seed: int) -> None:
    y, basis = values(0, 1, seed), np.ones((1, 3000))
    plain = plain_fit(y, basis)
    assert all(one_sided_fit(y, basis, s, plain).loglik < plain.loglik + 5 for s in (1, -1))


def test_blocks_with_copies_are_not_quiet() -> None:
    y, basis = values(0.3, 10), np.ones((1, 3000))
    found = one_sided_fit(y, basis, 1, plain_fit(y, basis))
    quiet = found.quiet(np.array([-2.0, 0.0, 3.0, 8.0]))
    assert np.all(np.diff(quiet) < 0)
    assert quiet[0] > 0.9
    assert quiet[-1] < 0.01


@pytest.mark.parametrize("shape", [(40,), (40, 30)])
def test_smooth_functions_are_the_same_at_blocks_and_at_samples(shape: tuple[int, ...]) -> None:
    coefficients = np.random.default_rng(0).normal(size=len(powers(len(shape), 3)))
    every = np.arange(np.prod(shape))
    blocks = coefficients @ smooth_basis(shape, 1, 3, every)
    assert evaluated(coefficients, shape, 3).ravel() == pytest.approx(blocks, rel=1e-4, abs=1e-4)
    some = np.array([5, 0, 11])
    coarse = coefficients @ smooth_basis(shape, 2, 3, some)
    assert evaluated(coefficients, shape, 3, 2).ravel()[some] == pytest.approx(coarse, abs=1e-4)
