"""EM of whole micrographs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, InputError, Measurement, make_space
from mtdbench.estimators.em.activity_prior import HIGHEST_ACTIVITY, ActivityPrior
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.micrograph_likelihood import CHOICES, micrograph_problem
from mtdbench.model.filters import Convolution
from mtdbench.model.forward import ForwardModel
from mtdbench.spaces import Window

OPTIONS: dict[str, Any] = {"likelihood": "micrographs", "n_init": 4}


def last(measurement: Measurement, **options: Any) -> Estimate:
    *_, estimate = em(measurement, np.random.default_rng(1), **{**OPTIONS, **options})
    return estimate


@pytest.fixture(scope="module")
def plain(simulate: Callable[..., Any]) -> Any:
    """Images of well-separated copies at SNR 2."""
    return simulate(make_space("disc", 5), 160, 2.0, 0.1, 0)


def test_images_come_out_better_than_of_patches(plain: Any) -> None:
    whole, patches = last(plain.measurement), last(plain.measurement, likelihood="patches")
    assert plain.error(whole.x) < 0.8 * plain.error(patches.x)
    assert plain.error(whole.x) < 0.1
    assert whole.density == pytest.approx(0.1, rel=0.03)
    assert whole.converged is True


@pytest.mark.parametrize("spacing", ["well-separated", "arbitrary"])
@pytest.mark.parametrize("basis", ["auto", "classes:2"])
def test_signals_come_out_too(simulate: Callable[..., Any], basis: str, spacing: str) -> None:
    data = simulate(make_space("line", 5, basis), 6000, 10.0, 0.3, 0, spacing=spacing)
    found = last(data.measurement)
    assert data.error(found.x) < 0.05
    assert found.density == pytest.approx(0.3, rel=0.03)


def test_what_was_not_measured_and_the_noise_are_no_obstacle(plain: Any) -> None:
    samples = plain.measurement.stack.copy()
    measured = np.random.default_rng(0).random(samples.shape) > 0.1
    forward = ForwardModel(plain.space, background=0.5, measured=measured)
    samples = np.where(measured, samples + 0.5, np.nan)
    given = replace(plain.measurement, samples=samples, forward=forward, sigma=None)
    found = last(given)
    assert plain.error(found.x) < 0.12
    assert found.sigma == pytest.approx(plain.measurement.sigma, rel=0.02)


def test_micrographs_add_up(plain: Any) -> None:
    """The E-step of two alike is twice that of one."""
    twice = replace(plain.measurement, samples=np.repeat(plain.measurement.stack, 2, axis=0))
    one, two = (micrograph_problem(m, 8, "double").operator for m in (plain.measurement, twice))
    start = micrograph_problem(plain.measurement, 8, "double").random_start(
        np.random.default_rng(0)
    )
    ((_, a),), ((_, b),) = one.expectation(start), two.expectation(start)
    assert b.loglik == pytest.approx(2 * a.loglik, rel=1e-9)
    np.testing.assert_allclose(b.images, 2 * a.images, atol=1e-8)
    np.testing.assert_allclose(b.overlaps, 2 * a.overlaps)


def test_drawn_tiles_are_like_all_of_them(simulate: Callable[..., Any]) -> None:
    """Their statistics, scaled, are those of everything but for chance."""
    data = simulate(make_space("disc", 3), 700, 5.0, 0.1, 0)
    problem, rng = micrograph_problem(data.measurement, 8, "single"), np.random.default_rng(0)
    start = replace(problem.random_start(rng), x=data.truth)
    part = problem.part(rng, problem.count // 2)
    ((_, whole),), ((_, some),) = (o.expectation(start) for o in (problem.operator, part))
    assert 0 < some.patches < whole.patches
    scaled = some.scaled(whole.patches / some.patches)
    assert scaled.overlaps[0] == pytest.approx(whole.overlaps[0], rel=0.05)
    assert scaled.loglik == pytest.approx(whole.loglik, rel=0.02)
    np.testing.assert_allclose(scaled.images.sum(axis=0), whole.images.sum(axis=0), rtol=0.2)


@pytest.mark.parametrize(
    ("option", "value"), [("prior", "free"), ("n_grids", 4), ("subsamples", 2)]
)
def test_options_of_patches_are_refused(plain: Any, option: str, value: Any) -> None:
    message = rf"option {option}=.*likelihood 'micrographs': expected"
    with pytest.raises(InputError, match=message) as error:
        last(plain.measurement, **{option: value})
    assert "\n" not in str(error.value)
    assert option in CHOICES


def test_filters_and_empty_masks_are_refused(plain: Any) -> None:
    forward = ForwardModel(plain.space, (Convolution(np.full((3, 3), 0.1)),))
    with pytest.raises(InputError, match="filter for em with likelihood 'micrographs': expected"):
        last(replace(plain.measurement, forward=forward))
    nothing = ForwardModel(plain.space, measured=np.zeros((1, 160, 160), dtype=bool))
    with pytest.raises(InputError, match="leaves no sample"):
        micrograph_problem(replace(plain.measurement, forward=nothing), None, "auto")


def test_the_prior_is_two_numbers() -> None:
    family = ActivityPrior(Window((5, 5)), (9, 9))
    rho = np.array([0.1, 3.0])
    np.testing.assert_allclose(family.rho(family.shares(rho)), rho)
    assert family.shares(rho).sum() == pytest.approx(1)
    assert len(rho) == family.count
    assert family.density(rho) == 0.1
    np.testing.assert_array_equal(family.fitted(rho), rho)
    copies, free = family.fitted(np.array([0.1, 0.0]))
    assert copies / free == pytest.approx(HIGHEST_ACTIVITY)
    assert family.density(family.at(0.07)) == pytest.approx(0.07)
    assert family.at(0.2)[1] < family.at(0.1)[1] < 25
