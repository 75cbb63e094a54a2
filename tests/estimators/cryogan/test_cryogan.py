"""CryoGAN as a whole: what it finds."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtdbench import InputError, make_space
from mtdbench.estimators.cryogan.cryogan import cryogan


def last(data: Any, **options: Any) -> Any:
    *_, estimate = cryogan(data, np.random.default_rng(0), **options)
    return estimate


@pytest.mark.parametrize("loss", ["logistic", "wasserstein"])
def test_easy_data_are_recovered(simulate: Any, loss: str) -> None:
    data = simulate(make_space("disc", 5), 300, 10.0, 0.06, 1)
    estimate = last(data.measurement, steps=500, batch=1024, loss=loss)
    assert data.error(estimate.x) < 0.25
    assert estimate.density == pytest.approx(0.06, rel=0.2)
    assert estimate.sigma == data.measurement.sigma
    assert estimate.iterations == 500


def test_a_signal_is_recovered(signal: Any) -> None:
    assert signal.error(last(signal.measurement, steps=600, batch=1024).x) < 0.2


def test_sigma_is_found_where_it_is_not_known(signal: Any) -> None:
    estimate = last(signal.without_sigma, steps=600, batch=1024)
    assert estimate.sigma == pytest.approx(signal.measurement.sigma, rel=0.1)


def test_a_volume_is_learned(simulate: Any) -> None:
    data = simulate(make_space("ball", 5, "degree:2"), 120, 10.0, 0.1, 1)
    first, *_, final = cryogan(data.measurement, np.random.default_rng(0), steps=150, batch=256)
    assert data.error(final.x) < data.error(first.x)


def test_a_signal_is_recovered_from_wider_windows(signal: Any) -> None:
    estimate = last(signal.measurement, steps=400, batch=256, width=2, n_init=1)
    assert signal.error(estimate.x) < 0.25
    assert estimate.density == pytest.approx(0.2, rel=0.15)


def test_the_published_setting_starts_at_zero(signal: Any) -> None:
    first = next(
        cryogan(signal.measurement, np.random.default_rng(0), steps=25, setting="published")
    )
    assert np.linalg.norm(first.x) < 0.1 * np.linalg.norm(signal.truth)
    assert "wasserstein" in first.note


def test_what_it_cannot_do_is_said(signal: Any) -> None:
    with pytest.raises(InputError, match="expected 'well-separated'"):
        last(replace(signal.measurement, spacing="arbitrary"))
    for options in ({"steps": 0}, {"batch": 0}, {"waves": 0}, {"width": 0}):
        with pytest.raises(InputError, match="expected at least 1"):
            last(signal.measurement, **options)
    with pytest.raises(InputError, match="expected at least 0"):
        last(signal.measurement, penalty=-1.0)
