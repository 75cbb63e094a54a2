"""Errors after alignment, and shell correlation."""

import numpy as np
import pytest

from mtdbench import InputError, align, error, fsc, make_space


@pytest.mark.parametrize("name", ["disc", "ball"])
def test_a_rotation_is_no_error(name: str) -> None:
    space, rng = make_space(name, 5), np.random.default_rng(0)
    truth = space.random(rng)
    x = 1.1 * truth
    assert error(space, x, truth) == pytest.approx(0.1, abs=1e-3)
    assert error(space, 0 * truth, truth) == 1


def test_align_undoes_the_rotation_of_an_image() -> None:
    space, rng = make_space("disc", 7), np.random.default_rng(1)
    truth = space.random(rng)
    image = np.rot90(space.render(truth))
    np.testing.assert_allclose(align(space, space.expand(image), truth), truth, atol=1e-3)


def test_shell_correlation_of_equal_volumes_is_one() -> None:
    space, rng = make_space("ball", 7), np.random.default_rng(2)
    volume = space.render(space.random(rng))
    curve = fsc(volume, 3 * volume)
    np.testing.assert_allclose(curve.values, 1)
    np.testing.assert_allclose(curve.frequencies, np.arange(1, 4) / 7)
    assert curve.resolution == pytest.approx(7 / 3)
    other = space.render(space.random(rng))
    assert fsc(volume, other).values.min() < 0.9


def test_what_does_not_fit_is_refused() -> None:
    space = make_space("disc", 5)
    with pytest.raises(InputError, match=r"x of shape \(3,\) for space 'disc': expected 10"):
        error(space, np.zeros(3), np.zeros(10))
    with pytest.raises(InputError, match=r"truth of shape \(5, 5\)"):
        align(space, np.zeros(10), np.zeros((5, 5)))
    with pytest.raises(InputError, match="expected twice the same"):
        fsc(np.zeros((5, 5)), np.zeros((6, 6)))
