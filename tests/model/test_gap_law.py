"""Laws of the gaps between copies."""

import numpy as np
import pytest

from mtdbench.model.gap_law import LOG_ZERO, GapLaw, gap_law
from mtdbench.spaces import Window

LAWS = {
    "geometric": (GapLaw(4, 0), np.array([0.2, 0.8])),
    "free": (GapLaw(3, 4), np.array([0.1, 0.2, 0.0, 0.3, 0.1, 0.3])),
    "nothing beyond": (GapLaw(3, 2), np.array([0.5, 0.5, 0.0, 0.0])),
}
each_law = pytest.mark.parametrize(("law", "u"), LAWS.values(), ids=LAWS)
FAR = np.arange(3000)


@each_law
def test_the_probabilities_of_all_gaps_sum_to_one(law: GapLaw, u: np.ndarray) -> None:
    found = law.probabilities(u, FAR)
    assert found.sum() == pytest.approx(1, abs=1e-9)
    assert not found[: law.least].any()
    np.testing.assert_allclose(found[law.least : law.reach + 1], u[:-1], atol=1e-12)
    if u[-2:].any():
        assert found @ FAR == pytest.approx(law.mean(u), rel=1e-9)


def test_geometric_gaps_have_the_mean_that_is_asked_for() -> None:
    for free in (0, 5):
        law = GapLaw(4, free)
        for mean in (4.5, 20.0, 1e5):
            assert law.mean(law.geometric(mean)) == pytest.approx(mean, rel=1e-9)
        assert law.mean(law.geometric(1.0)) == pytest.approx(1.02 * 4)
    plain, free_law = GapLaw(4, 0), GapLaw(4, 5)
    np.testing.assert_allclose(
        plain.probabilities(plain.geometric(9.0), FAR),
        free_law.probabilities(free_law.geometric(9.0), FAR),
        atol=1e-14,
    )


@each_law
def test_a_law_is_fitted_to_its_own_gaps(law: GapLaw, u: np.ndarray) -> None:
    """Also where gaps are cut off: hazards do not see that."""
    gaps = law.probabilities(u, FAR)
    left = 1 - np.cumsum(gaps) + gaps
    events = np.append(gaps[law.least : law.reach], gaps[law.reach :].sum())
    exposures = np.append(left[law.least : law.reach], left[law.reach :].sum())
    np.testing.assert_allclose(law.fitted(events, exposures), u, atol=1e-9)
    assert law.fitted(0 * events, 0 * exposures).sum() == pytest.approx(1)


@each_law
def test_no_weight_is_lost_in_a_block(law: GapLaw, u: np.ndarray) -> None:
    """Of any state: what will have happened at the end of a block, each thing once."""
    rng, m = np.random.default_rng(0), law.least
    state, move = rng.uniform(size=law.reach + 1), np.exp(law.log_transitions(u))
    survival = np.exp(law.log_survival(u))
    reached = move @ state
    after = np.concatenate([state[m:-1], reached])
    assert move.shape == (m + 1, law.reach + 1)
    assert after @ survival == pytest.approx(state @ survival, rel=1e-12)
    assert law.log_transitions(u).min() >= LOG_ZERO


def test_the_law_of_a_spacing() -> None:
    window = Window((6,))
    assert gap_law(window, "well-separated", False) == GapLaw(11, 0)
    assert gap_law(window, "arbitrary", False) == GapLaw(6, 0)
    assert gap_law(window, "arbitrary", True) == GapLaw(6, 6)
