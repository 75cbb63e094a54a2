"""Several ranks find what one finds: EM in all its phases, moments, bounds."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import pytest

from mtdbench.estimators.em.em import em
from mtdbench.model.measurement import Measurement
from mtdbench.ranks.communicator import ONE_RANK, Ranks
from mtdbench.spaces import make_space

InRanks = Callable[..., list[Any]]
CASES = {
    "line": (("line", 6), 1200, 0.3),
    "line-pairs": (("line", 5), 1200, 0.3),
    "classes": (("classes2", 5), 1200, 0.3),
    "disc": (("disc", 5), 60, 0.1),
    "ball": (("ball", 5, "degree:2"), 60, 0.1),
}
OPTIONS = {
    "full-batch": {"batch_fraction": 1.0, "iterations": 6},
    "stochastic": {"batch_fraction": 0.5, "iterations": 6},
    "annealed": {"batch_fraction": 1.0, "iterations": 2, "shift_annealing": True},
}


@pytest.fixture(scope="module", params=list(CASES))
def case(request: pytest.FixtureRequest, simulate: Callable[..., Any]) -> Measurement:
    """A small measurement of a space; sigma is to be estimated."""
    space, size, density = CASES[request.param]
    spacing = "arbitrary" if request.param == "line-pairs" else "well-separated"
    data = simulate(make_space(*space), size, 2.0, density, 3, spacing=spacing)
    return data.without_sigma


def fitted(measurement: Measurement, count: int, ranks: Ranks = ONE_RANK, **options: Any) -> list:
    """The first estimates of EM."""
    rng = np.random.default_rng(5)
    estimates = em(measurement, rng, ranks=ranks, n_init=2, precision="single", **options)
    return list(islice(estimates, count))


@pytest.mark.parametrize("form", list(OPTIONS))
def test_em_finds_the_same_iterates(case: Measurement, form: str, in_ranks: InRanks) -> None:
    if form == "annealed" and case.space.name != "line":
        pytest.skip("one space is enough")
    alone = fitted(case, 60, **OPTIONS[form])
    for shared in in_ranks(2, lambda ranks: fitted(case, 60, ranks, **OPTIONS[form])):
        assert len(shared) == len(alone)
        for one, two in zip(alone, shared, strict=True):
            np.testing.assert_allclose(two.x, one.x, rtol=0, atol=1e-6 * np.abs(one.x).max())
            assert two.note == one.note
