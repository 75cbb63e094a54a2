import subprocess
import sys
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pytest

from mtdbench import Estimate, Measurement, Placement
from mtdbench.errors import InputError
from mtdbench.estimators import registry
from mtdbench.estimators.declaration import privileged_inputs
from mtdbench.estimators.options import convert_options, parse_options


def sample(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    poses: int | None = None,
    stop: Literal["early", "late"] = "late",
    tolerance: float = 1e-3,
    start: str = "random",
    fast: bool = False,
    placement: Placement | None = None,
    truth: np.ndarray | None = None,
) -> Iterator[Estimate]:
    """A sample."""
    yield Estimate(np.zeros(1))


pytestmark = pytest.mark.usefixtures("plugins")


def test_built_in_estimators_use_the_door_of_all_others() -> None:
    assert {"zero", "oracle", "em", "autocorrelation", "good"} <= set(registry.names())


def test_options_come_from_the_signature() -> None:
    given = {"poses": "8", "tolerance": "1e-6", "fast": "yes", "stop": "early"}
    assert convert_options("sample", sample, given) == {
        "poses": 8, "tolerance": 1e-6, "fast": True, "stop": "early",
    }  # fmt: skip
    assert convert_options("sample", sample, {}) == {}


def test_command_line_options_are_read_by_their_types() -> None:
    pairs = ["poses=none", "tolerance=1e-6", "start=12", "fast=true"]
    assert parse_options("sample", sample, pairs) == {
        "poses": None, "tolerance": 1e-6, "start": "12", "fast": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (["pose=1"], "did you mean 'poses'"),
        (["poses=some"], "'some'"),
        (["stop=never"], "'never'"),
        (["poses"], "expected key=value"),
        (["placement=somewhere"], "unknown option of sample 'placement'"),
        (["truth=somewhere"], "unknown option of sample 'truth'"),
    ],
)
def test_bad_options_are_named(pairs: list[str], words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_options("sample", sample, pairs)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_estimator_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'good'"):
        registry.load("godo")


def test_only_references_are_told_anything() -> None:
    assert privileged_inputs(sample) == ("placement", "truth")
    told = {name: privileged_inputs(registry.load(name)) for name in ("oracle", "clean-moments")}
    assert told == {"oracle": ("placement",), "clean-moments": ("truth",)}
    for name in ("zero", "em", "autocorrelation", "good"):
        assert privileged_inputs(registry.load(name)) == ()


def test_nothing_heavy_is_imported_before_an_estimator_is() -> None:
    code = "import sys, mtdbench.estimators.registry as r; r.names(); print('jax' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"
