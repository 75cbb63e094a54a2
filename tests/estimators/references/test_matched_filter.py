"""The matched filter finds copies by the true object, and nothing else of the truth."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, InputError, Measurement, Placement
from mtdbench.estimators.references.matched_filter import matched_filter, matches
from mtdbench.estimators.references.oracle import oracle


def run(data: Any, measurement: Measurement | None = None, **options: Any) -> Estimate:
    (estimate,) = matched_filter(
        measurement or data.measurement,
        np.random.default_rng(0),
        truth=data.truth,
        **{"placement": data.placement, **options},
    )
    return estimate


def test_on_clear_data_it_finds_every_copy(data: Any) -> None:
    placement = data.placement
    picked = matches(data.measurement, data.truth, len(placement.corners), 64)
    assert len(picked.corners) == len(placement.corners)
    hits = {tuple(c) for c in picked.corners} & {tuple(c) for c in placement.corners}
    assert len(hits) > 0.9 * len(placement.corners)
    (told,) = oracle(data.measurement, np.random.default_rng(0), placement=placement)
    assert data.error(run(data, poses=64).x) < 2 * data.error(told.x) + 0.02


def test_it_is_the_oracle_at_the_places_that_it_finds(data: Any) -> None:
    picked = matches(data.measurement, data.truth, len(data.placement.corners), 16)
    (told,) = oracle(data.measurement, np.random.default_rng(0), placement=picked)
    assert np.array_equal(run(data, poses=16).x, told.x)


@pytest.mark.parametrize("at_once", [1, 2**22])
def test_places_and_poses_are_those_that_fit_best(image: Any, at_once: int) -> None:
    """Against all places and poses one by one, in a small measurement."""
    y, space, L = image.measurement.samples[:30, :30], image.space, 5
    poses = space.poses(8)
    templates = space.project(image.truth, poses).reshape(-1, L, L)
    fits = {
        (i, j, k): np.sum(y[i : i + L, j : j + L] * t) - np.sum(t**2) / 2
        for i in range(26)
        for j in range(26)
        for k, t in enumerate(templates)
    }
    best = max(fits, key=lambda place: fits[place])
    small = replace(image.measurement, samples=y)
    picked = matches(small, image.truth, 1, 8, at_once)
    assert tuple(picked.corners[0]) == best[:2]
    assert picked.poses[0] == poses[best[2]]


@pytest.mark.parametrize("spacing", ["well-separated", "arbitrary"])
def test_copies_keep_their_distance(image: Any, spacing: str) -> None:
    rng = np.random.default_rng(1)
    noise = replace(image.measurement, samples=rng.standard_normal((80, 80)), spacing=spacing)
    picked = matches(noise, image.truth, 500)
    apart = np.abs(picked.corners[:, None] - picked.corners).max(axis=2)
    nearest = apart[~np.eye(len(apart), dtype=bool)].min()
    assert nearest == (5 if spacing == "arbitrary" else 9)
    assert len(picked.corners) < 500  # more than ever fit were asked for


def test_of_the_placement_only_the_number_counts(data: Any) -> None:
    count = len(data.placement.corners)
    other = Placement(np.zeros_like(data.placement.corners), data.placement.poses * 0 + 1)
    assert np.array_equal(run(data).x, run(data, placement=other).x)
    half = data.placement
    half = Placement(half.corners[::2], half.poses[::2])
    assert run(data, placement=half).density == pytest.approx(
        run(data).density * len(half.corners) / count
    )


def test_noise_alone_looks_like_the_object(signal: Any) -> None:
    noise = np.random.default_rng(2).standard_normal(20000)
    estimate = run(signal, replace(signal.measurement, samples=noise))
    cosine = estimate.x @ signal.truth / np.linalg.norm(estimate.x) / np.linalg.norm(signal.truth)
    assert cosine > 0.9


def test_copies_of_several_micrographs_do_not_hide_each_other(signal: Any) -> None:
    """The same micrograph twice says the same as once."""
    y, once = signal.measurement.samples, signal.placement
    twice = Placement(np.tile(once.corners, (2, 1)), np.tile(once.poses, (2, 1)))
    double = replace(signal.measurement, samples=np.stack([y, y]))
    np.testing.assert_allclose(run(signal, double, placement=twice).x, run(signal).x, rtol=1e-12)


def test_bad_options_are_named(signal: Any) -> None:
    with pytest.raises(InputError, match="poses=0 of matched-filter: expected at least 1"):
        run(signal, poses=0)


def test_it_finds_the_template_in_noise_alone(image: Any) -> None:
    """Einstein from noise: windows that look like the object have a mean that looks like it."""
    rng = np.random.default_rng(5)
    noise = image.measurement.sigma * rng.standard_normal((150, 150))
    nothing = replace(image.placement, **{
        name: getattr(image.placement, name)[:0] for name in ("corners", "poses", "micrographs")
    })  # fmt: skip
    silent = replace(image.measurement, samples=noise)
    found = run(image, silent, placement=nothing, density=0.04, poses=32)
    assert found.density == pytest.approx(0.04, rel=0.02)
    assert np.corrcoef(found.x, image.truth)[0, 1] > 0.9


@pytest.mark.parametrize("density", [0.0, 1.5, -1.0])
def test_a_density_is_a_share(image: Any, density: float) -> None:
    with pytest.raises(InputError, match=r"density=.*expected a number in \(0, 1\]"):
        run(image, density=density)
