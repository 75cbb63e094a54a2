"""The standard error of a density is the scatter of estimates; with nothing there it is a limit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mtdbench.estimators.em.em import em
from mtdbench.likelihood.density_error import density_error, faintest_excluded
from mtdbench.likelihood.patch_score import PatchModel
from mtdbench.model.forward import ForwardModel
from mtdbench.model.measurement import Measurement
from mtdbench.model.patches import Patches
from mtdbench.spaces import make_space

LINE = make_space("line", 4)
X, SEEN, COUNT = np.array([2.0, -1.0, 3.0, 1.5]), 0.4, 600
MODEL = PatchModel(ForwardModel(LINE), X, LINE.poses(1), SEEN, 1.0)


def measured(seed: int) -> Measurement:
    """Patches of the model, each for itself, end to end."""
    rng, window = np.random.default_rng(seed), LINE.window
    y = rng.standard_normal((COUNT, 4))
    shifts = window.shifts[:, 0]
    for p in np.flatnonzero(rng.uniform(size=COUNT) < SEEN):
        shift = int(rng.choice(shifts))
        y[p] += np.pad(X, 4)[4 - shift : 8 - shift]
    return Measurement(y.ravel(), LINE, 1.0)


def test_estimates_scatter_by_the_error_that_they_state(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    options = {"init": str(tmp_path / "x.npy"), "null_test": True}
    runs = (em(measured(t), np.random.default_rng(t), **options) for t in range(40))
    last = [list(run)[-1] for run in runs]
    errors = [each.density_error for each in last]
    scatter = np.std([each.density for each in last], ddof=1)
    assert all(each.found for each in last)
    assert np.mean(errors) == pytest.approx(scatter, rel=0.3)  # that of a scatter is 11 %
    truth = SEEN / LINE.window.visible_share
    assert np.mean([each.density for each in last]) == pytest.approx(truth, abs=scatter)


def test_it_falls_with_the_root_of_the_number_of_patches_and_grows_with_what_is_unknown() -> None:
    patches = Patches(measured(0).stack, LINE.window)
    rng = np.random.default_rng(0)
    once, four = (density_error(MODEL, patches, n, True, rng) for n in (COUNT, 4 * COUNT))
    unknown = density_error(MODEL, patches, COUNT, False, rng)
    (chunk,) = patches.chunks(COUNT, np.float64)
    of_seen = MODEL.scores(chunk)[:, LINE.size]
    told_x = 1 / np.sqrt(COUNT * np.mean(of_seen**2)) / LINE.window.visible_share
    assert once == pytest.approx(2 * four)
    assert once > np.sqrt(SEEN * (1 - SEEN) / COUNT) / LINE.window.visible_share
    assert once > 1.05 * told_x
    assert unknown >= once * (1 - 5 / COUNT)


def test_too_few_patches_say_nothing() -> None:
    few = Patches(measured(0).stack[:, :80], LINE.window)
    assert density_error(MODEL, few, 20, True, np.random.default_rng(0)) is None


@pytest.mark.parametrize("bright", [6, 40])
def test_copies_that_would_be_seen_are_excluded_from_one_half_to_a_patch(bright: float) -> None:
    """With r_p = 0 the log-likelihood is P log(1 - e): it falls by 1/2 at e = 1/(2 P)."""
    rng = np.random.default_rng(1)
    noise = Patches(rng.standard_normal((1, 4 * COUNT)), LINE.window)
    clear = replace(MODEL, x=np.full(4, bright * 1.0))
    found = faintest_excluded(clear, noise, COUNT, rng)
    assert found == pytest.approx(0.5 / COUNT / LINE.window.visible_share, rel=0.09)


def test_copies_that_cannot_be_seen_may_be_everywhere() -> None:
    rng = np.random.default_rng(1)
    noise = Patches(rng.standard_normal((1, 4 * COUNT)), LINE.window)
    assert faintest_excluded(replace(MODEL, x=X / 1e3), noise, COUNT, rng) == pytest.approx(
        1 / LINE.window.visible_share
    )
    assert faintest_excluded(replace(MODEL, x=0 * X), noise, COUNT, rng) is None
