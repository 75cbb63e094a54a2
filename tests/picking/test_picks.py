"""Every patch is picked by the posterior of its overlaps, in every space."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy.spatial import KDTree

from mtdbench.errors import InputError
from mtdbench.evaluate.picking_scores import particle_scores, picking_scores
from mtdbench.evaluate.visible_energy import visible_energy
from mtdbench.likelihood.e_step import PatchSource, e_step
from mtdbench.likelihood.pass_by_shift import PassByShift
from mtdbench.model.filters import Convolution
from mtdbench.model.forward import ForwardModel
from mtdbench.model.measurement import Measurement
from mtdbench.model.patches import Patches
from mtdbench.model.placed_copies import Placement
from mtdbench.model.separations import least_separation
from mtdbench.model.shifts import overlaps
from mtdbench.picking import particles, pick
from mtdbench.picking.picks import LEAST_SHOWN, estimated_empty_share, evidence_of_copies
from mtdbench.simulation import place
from mtdbench.spaces import Space, Window, make_space


@pytest.mark.parametrize("space", ["line", "disc", "ball"])
def test_clear_copies_are_found_with_the_true_object(space: str, simulated: Callable) -> None:
    measurement, placement, x, _ = simulated(space)
    picks = pick(measurement, x)
    found = particles(picks, least_separation(picks.window, "well-separated"))
    scores = picking_scores(picks, placement, partial(measurement.space.project, x))
    assert particle_scores(found, placement)["precision"] > 0.99
    assert particle_scores(found, placement)["recall"] > 0.99
    assert scores["f1"] > 0.95 > scores["f1_trivial"] + 0.1
    assert scores["positions"] > 0.97


def test_a_stack_is_picked_micrograph_by_micrograph(simulated: Callable) -> None:
    measurement, placement, x, _ = simulated("disc", micrographs=2)
    picks = pick(measurement, x)
    assert set(picks.micrographs) == {0, 1}
    found = particles(picks, picks.window.spread)
    assert particle_scores(found, placement)["recall"] > 0.98
    alone = pick(replace(measurement, samples=measurement.samples[1]), x, prior=prior_of(picks))
    second = picks.micrographs == 1
    np.testing.assert_array_equal(alone.shifts, picks.shifts[second])
    np.testing.assert_allclose(alone.empty, picks.empty[second], rtol=1e-4, atol=1e-30)


def prior_of(picks) -> np.ndarray:
    shifts = len(picks.window.shifts)
    return np.append(np.full(shifts, (1 - picks.prior_empty) / shifts), picks.prior_empty)


def test_probabilities_mean_what_they_say(simulated: Callable) -> None:
    """Of the picks, as many are right as their probabilities add up to, noisy as they are."""
    measurement, placement, x, _ = simulated("disc", snr=1.0, size=600)
    picks = pick(measurement, x, poses=32)
    scores, full = picking_scores(picks, placement), visible_energy(picks, placement)[1] > 0
    promised = picks.near.sum() / np.sum(1 - picks.empty)
    assert scores["positions"] == pytest.approx(promised, rel=0.03)
    assert picks.prior_empty == pytest.approx(1 - full.mean(), abs=0.03)


def test_the_share_of_empty_patches_is_where_em_stays(simulated: Callable) -> None:
    measurement, _, x, _ = simulated("disc", snr=3.0)
    picks = pick(measurement, x)
    space, patch_pass = measurement.space, PassByShift()
    source = PatchSource.of(Patches(measurement.stack, space.window), patch_pass)
    templates = space.project(x, space.poses(space.default_poses))
    rest = prior_of(picks), measurement.sigma, overlaps(space.window), patch_pass
    sums = e_step(source, templates, *rest)
    assert sums.overlaps[-1] / sums.patches == pytest.approx(picks.prior_empty, abs=1e-4)
    assert sums.loglik / sums.patches == pytest.approx(picks.loglik, rel=1e-5)


def test_nothing_to_go_by_leaves_the_share_even() -> None:
    assert estimated_empty_share(np.zeros(10)) == 0.5
    assert estimated_empty_share(np.full(10, -1e4)) > 0.9999
    assert estimated_empty_share(np.full(10, 1e4)) < 0.0001


def test_more_grids_are_more_patches_of_the_same_copies(simulated: Callable) -> None:
    measurement, placement, x, _ = simulated("disc", snr=1.0)
    one, four = (pick(measurement, x, grids=grids) for grids in (1, 4))
    assert len(four.patches) > 3 * len(one.patches)
    recalls = [
        particle_scores(particles(p, p.window.spread), placement)["recall"] for p in (one, four)
    ]
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


def test_copies_are_found_through_optics_and_holes() -> None:
    """Two groups with kernels that blur in opposite directions, above a background, and a region
    that was not measured: what is not seen is not found, all else at its place.
    """
    rng, space = np.random.default_rng(0), make_space("disc", 5)
    x, forward, size = space.random(rng), blurred(space), 90
    corners = [place(size, Window((9, 9)), 0.2, "arbitrary", rng) + 2 for _ in range(2)]
    micrographs = np.repeat([0, 1], [len(part) for part in corners])
    placed = np.concatenate(corners)
    poses, stack = space.random_poses(rng, len(placed)), np.full((2, size, size), 3.0)
    for m, corner, pose in zip(micrographs, placed, poses, strict=True):
        shown = forward.support.reshape(forward.project(x, pose[None], m))[0]
        stack[m][tuple(map(slice, corner - 1, corner + 6))] += shown
    sigma = 0.02 * float(np.std(stack))
    stack += sigma * rng.standard_normal(stack.shape)
    hidden = np.where(forward.measured, stack, 1e6)  # not a number that may be looked at
    picks = pick(Measurement(hidden, space, sigma, forward=forward), x, grids=4)
    found = particles(picks, space.window.spread)
    assert found.corners[found.micrographs == 0][:, 0].min() + 6 > 40  # seen over the edge at most
    near = KDTree(np.column_stack([100 * micrographs, placed]))
    apart = near.query(np.column_stack([100 * found.micrographs, found.corners]), p=np.inf)[0]
    assert np.mean(apart == 0) > 0.9
    away = (micrographs == 1) | (placed[:, 0] > 50)
    scores = particle_scores(found, Placement(placed[away], poses[away], micrographs[away]))
    assert scores["recall"] > 0.9


def blurred(space: Space) -> ForwardModel:
    down = np.array([[0.0, 0, 0], [0, 1, 0], [0, 0.5, 0]])
    measured = np.ones((2, 90, 90), dtype=bool)
    measured[0, :40] = False
    filters = (Convolution(down), Convolution(down[::-1]))
    return ForwardModel(space, filters, np.array([0, 1]), background=3.0, measured=measured)


def silence(measurement: Measurement, seed: int) -> Measurement:
    """Noise alone, of the same size."""
    noise = np.random.default_rng(seed).standard_normal(measurement.samples.shape)
    return replace(measurement, samples=measurement.sigma * noise)


@pytest.mark.parametrize("space", ["line", "disc"])
def test_in_noise_alone_no_copy_of_a_real_object_is_listed(space: str, simulated: Callable) -> None:
    measurement, _, x, _ = simulated(space, snr=1.0)
    listed = [pick(silence(measurement, t), x, least=LEAST_SHOWN) for t in range(10)]
    assert sum(len(particles(picks).corners) > 0 for picks in listed) <= 1
    assert sum(picks.prior_empty == 1 and picks.empty.min() == 1 for picks in listed) >= 9


@pytest.mark.parametrize("grids", [1, 4])
def test_what_is_seen_is_listed_as_if_nobody_had_asked(grids: int, simulated: Callable) -> None:
    measurement, _, x, _ = simulated("disc")
    asked, plain = (pick(measurement, x, grids=grids, least=n) for n in (LEAST_SHOWN, -np.inf))
    np.testing.assert_array_equal(asked.empty, plain.empty)
    np.testing.assert_array_equal(asked.probabilities, plain.probabilities)


def test_of_no_object_there_are_no_copies(simulated: Callable) -> None:
    measurement, _, x, _ = simulated("disc")
    picks = pick(measurement, 0 * x)
    assert picks.called_empty.all()
    assert picks.prior_empty == 1
    assert np.isfinite(picks.loglik)


def test_the_evidence_of_copies_is_rare_by_chance_and_a_mean_over_grids() -> None:
    """Ratios of likelihoods under noise: E r = 1, so E exp(evidence) <= 1."""
    rng = np.random.default_rng(0)
    logs = 1.5 * rng.standard_normal((400, 50)) - 1.5**2 / 2
    values = np.exp([evidence_of_copies(row) for row in logs])
    assert values.mean() < 1 + 3 * values.std() / np.sqrt(len(values))
    assert np.mean(values > 10) <= 0.1
    shown = np.append(np.zeros(40), np.full(10, 8.0))
    assert evidence_of_copies(shown) > 40
    assert evidence_of_copies(np.tile(shown, 2), 2) == pytest.approx(evidence_of_copies(shown))
