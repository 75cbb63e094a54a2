"""Every patch is picked by the posterior of its views, in every space."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.evaluate.picking_scores import particle_scores, picking_scores
from mtdbench.evaluate.visible_energy import shown
from mtdbench.likelihood.e_step import Source, statistics
from mtdbench.model.patches import Patches
from mtdbench.picking import particles, pick
from mtdbench.picking.picks import empty_share
from mtdbench.simulation.placement import separation


@pytest.mark.parametrize("space", ["line", "disc", "ball"])
def test_clear_copies_are_found_with_the_true_object(space: str, simulated: Callable) -> None:
    measurement, placement, x, _ = simulated(space)
    picks = pick(measurement, x)
    found = particles(picks, separation(picks.window, "well-separated"))
    scores = picking_scores(picks, placement, partial(measurement.space.project, x))
    assert particle_scores(found, placement)["precision"] > 0.99
    assert particle_scores(found, placement)["recall"] > 0.99
    assert scores["f1"] > 0.95 > scores["f1_trivial"] + 0.1
    assert scores["positions"] > 0.97


def test_a_stack_is_picked_micrograph_by_micrograph(simulated: Callable) -> None:
    measurement, placement, x, _ = simulated("disc", micrographs=2)
    picks = pick(measurement, x)
    assert set(picks.micrographs) == {0, 1}
    found = particles(picks, 13)
    assert particle_scores(found, placement)["recall"] > 0.98
    alone = pick(replace(measurement, samples=measurement.samples[1]), x, prior=prior_of(picks))
    second = picks.micrographs == 1
    np.testing.assert_array_equal(alone.shifts, picks.shifts[second])
    np.testing.assert_allclose(alone.empty, picks.empty[second], rtol=1e-4, atol=1e-30)


def prior_of(picks) -> np.ndarray:
    shifts = (2 * picks.window - 1) ** picks.patches.shape[1]
    return np.append(np.full(shifts, (1 - picks.prior_empty) / shifts), picks.prior_empty)


def test_probabilities_mean_what_they_say(simulated: Callable) -> None:
    """Of the picks, as many are right as their probabilities add up to, noisy as they are."""
    measurement, placement, x, _ = simulated("disc", snr=1.0, size=600)
    picks = pick(measurement, x, poses=32)
    scores, full = picking_scores(picks, placement), shown(picks, placement)[1] > 0
    promised = picks.near.sum() / np.sum(1 - picks.empty)
    assert scores["positions"] == pytest.approx(promised, rel=0.03)
    assert picks.prior_empty == pytest.approx(1 - full.mean(), abs=0.03)


def test_the_share_of_empty_patches_is_where_em_stays(simulated: Callable) -> None:
    measurement, _, x, _ = simulated("disc", snr=3.0)
    picks = pick(measurement, x)
    space = measurement.space
    source = Source.of(Patches(measurement.samples, space.window))
    templates = space.project(x, space.poses(space.default_poses))
    sums = statistics(source, templates, prior_of(picks), measurement.sigma, 2)
    assert sums.views[-1] / sums.patches == pytest.approx(picks.prior_empty, abs=1e-4)
    assert sums.loglik / sums.patches == pytest.approx(picks.loglik, rel=1e-5)


def test_nothing_to_go_by_leaves_the_share_even() -> None:
    assert empty_share(np.zeros(10)) == 0.5
    assert empty_share(np.full(10, -1e4)) > 0.9999
    assert empty_share(np.full(10, 1e4)) < 0.0001


def test_more_grids_are_more_patches_of_the_same_copies(simulated: Callable) -> None:
    measurement, placement, x, _ = simulated("disc", snr=1.0)
    one, four = (pick(measurement, x, grids=grids) for grids in (1, 4))
    assert len(four.patches) > 3 * len(one.patches)
    recalls = [particle_scores(particles(p, 13), placement)["recall"] for p in (one, four)]
    assert recalls[1] > recalls[0]


@pytest.mark.parametrize("options", [{"poses": 0}, {"grids": 0}, {"grids": 50}])
def test_numbers_that_make_no_sense_are_refused(options: dict, simulated: Callable) -> None:
    measurement, _, x, _ = simulated("disc")
    with pytest.raises(InputError, match="expected"):
        pick(measurement, x, **options)


def test_an_object_that_is_none_is_refused(simulated: Callable) -> None:
    measurement, _, x, _ = simulated("disc")
    with pytest.raises(InputError, match="finite"):
        pick(measurement, x[:-1])
    with pytest.raises(InputError, match="finite"):
        pick(measurement, np.full_like(x, np.nan))
    with pytest.raises(InputError, match="sigma"):
        pick(replace(measurement, sigma=None), x)
