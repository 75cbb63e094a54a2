from hypothesis import given
from hypothesis.strategies import floats, integers

from mtdbench.run.fairness import Talk, stands

SECONDS = floats(0, 1e6)


@given(SECONDS, SECONDS, SECONDS)
def test_no_time_is_shorter_than_what_is_claimed(
    claimed: float, seen: float, allowance: float
) -> None:
    time = stands(claimed, seen, allowance)
    assert time in (claimed, seen)
    assert time >= claimed
    assert time >= seen - allowance - 1e-9 * seen


@given(integers(0, 10**6), integers(0, 10**9), integers(0, 10**4), SECONDS, SECONDS)
def test_who_says_more_is_allowed_more(
    estimates: int, size: int, blocks: int, setup: float, memory: float
) -> None:
    """But no more set-up than it reports."""
    some = Talk(estimates, size, blocks, setup, memory)
    more = Talk(estimates + 1, size + 1000, blocks, setup, memory)
    for allowance in (Talk.wall_allowance, Talk.cpu_allowance):
        assert allowance(more) > allowance(some)
        without = Talk(estimates, size, 0, setup, memory)
        assert allowance(some) - allowance(without) <= setup * (1 + 1e-9) + 1e-6
