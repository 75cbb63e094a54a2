import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mtdbench import seeds

NAMES = st.lists(st.one_of(st.integers(0, 99), st.text("abcLN=:.", max_size=8)), max_size=4)


@given(seed=st.integers(0, 2**63), names=NAMES)
def test_a_stream_depends_on_its_name_alone(seed: int, names: list) -> None:
    first = seeds.stream(seed, *names).integers(2**63, size=4)
    seeds.stream(seed, *names, "other").normal(size=100)
    np.testing.assert_array_equal(seeds.stream(seed, *names).integers(2**63, size=4), first)
    assert seeds.derive(seed, *names) == seeds.derive(seed, *names) < 2**32


@given(seed=st.integers(0, 2**32), names=NAMES, more=st.text("xyz", min_size=1, max_size=3))
def test_other_names_and_seeds_are_other_streams(seed: int, names: list, more: str) -> None:
    states = {
        seeds.stream(*key).integers(2**63)
        for key in ((seed, *names), (seed + 1, *names), (seed, *names, more), (seed, more, *names))
    }
    assert len(states) >= (4 if names else 3)


def test_names_are_told_apart_where_they_join() -> None:
    assert seeds.derive(1, "a", "bc") != seeds.derive(1, "ab", "c")


def test_streams_are_uncorrelated() -> None:
    draws = np.array([seeds.stream(1, "cell", trial).normal(size=4000) for trial in range(8)])
    correlation = np.corrcoef(draws) - np.eye(8)
    assert np.abs(correlation).max() < 5 / np.sqrt(4000)
