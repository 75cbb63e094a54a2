"""The instrument as files say it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from mtdbench import InputError, Measurement, make_space
from mtdbench.model.instrument import PARTS, forward_model, read_forward_model
from mtdbench.simulation import Recipe, make_dataset, write_dataset
from mtdbench.simulation.recipe import recipe_key
from mtdbench.spaces import Window
from mtdbench.study.plan import make_plan
from mtdbench.study.recipes import checked_plan, recipe
from mtdbench.study.schema import Study

INSTRUMENT = {"background": 0.5, "kernels": [[0.2, 1.0, -0.3], [0.0, 1.0, 0.4]], "groups": [1, 0]}
RECIPE = {"space": "line", "window": 5, "size": 400, "snr": 2.0, "density": 0.1, "micrographs": 2}


@dataclass(frozen=True)
class Doubled:
    """A filter that is no convolution with a kernel."""

    ndim: int
    margin: ClassVar[int] = 0
    is_identity: ClassVar[bool] = False

    def apply(self, images: np.ndarray, window: Window) -> np.ndarray:
        return 2 * images

    adjoint = apply


def test_no_parts_are_the_trivial_model() -> None:
    assert forward_model(make_space("disc", 5), {}).features == frozenset()


def test_every_part_is_a_feature_of_the_model() -> None:
    forward = forward_model(make_space("line", 5), INSTRUMENT)
    assert forward.features == {"filter", "background"}
    assert set(INSTRUMENT) <= set(PARTS)
    assert forward.support.shape == (7,)
    np.testing.assert_array_equal(forward.group_of(np.arange(2)), [1, 0])


@pytest.mark.parametrize(
    ("instrument", "words"),
    [
        ({"backround": 1}, "did you mean 'background'"),
        ({"background": "bright"}, "background = bright"),
        ({"kernels": [[1.0, "a"]]}, "kernels"),
        ({"kernels": [[[1.0]]]}, "expected 1 axes"),
        ({"kernels": [[1.0], [0.1, 1.0, 0.1]]}, "margins"),
        ({"groups": [0, 1]}, "optics groups"),
    ],
)
def test_bad_parts_are_refused_in_one_line(instrument: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        forward_model(make_space("line", 5), instrument)
    assert "\n" not in str(caught.value)


def test_a_part_may_be_any_filter_and_is_told_the_window() -> None:
    parts = {**PARTS, "doubled": lambda value, window: {"filters": (Doubled(window.ndim),)}}
    space = make_space("disc", 5)
    forward = forward_model(space, {"doubled": 1}, parts)
    assert forward.filters == (Doubled(2),)
    x, poses = np.ones(space.size), space.poses(3)
    np.testing.assert_array_equal(forward.project(x, poses), 2 * space.project(x, poses))


def test_two_parts_that_say_the_same_are_refused() -> None:
    parts = {**PARTS, "doubled": lambda value, window: {"filters": (Doubled(window.ndim),)}}
    with pytest.raises(InputError, match="doubled of the instrument: another part gives filters"):
        forward_model(make_space("line", 5), {"kernels": [[1.0]], "doubled": 1}, parts)


def test_a_data_set_says_what_instrument_recorded_it(tmp_path: Path) -> None:
    given = Recipe(**RECIPE, instrument=INSTRUMENT)
    write_dataset(given, tmp_path)
    assert json.loads((tmp_path / "instrument.json").read_text()) == INSTRUMENT
    space = make_space("line", 5)
    loaded = Measurement.load(tmp_path / "measurement.npy", space, 1.0)
    assert loaded.forward.features == {"filter", "background"}
    in_memory = make_dataset(given).measurement
    np.testing.assert_array_equal(in_memory.samples, loaded.samples)
    assert in_memory.forward.features == loaded.forward.features


def test_a_bare_data_set_has_no_such_file(tmp_path: Path) -> None:
    write_dataset(Recipe(**RECIPE, instrument=INSTRUMENT), tmp_path)
    write_dataset(Recipe(**RECIPE), tmp_path)
    assert not (tmp_path / "instrument.json").exists()
    forward = read_forward_model(tmp_path / "measurement.npy", make_space("line", 5))
    assert forward.features == frozenset()


@pytest.mark.parametrize("text", ["[1, 2]", "{", '{"lens": 1}'])
def test_a_file_that_is_no_instrument_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "instrument.json").write_text(text)
    with pytest.raises(InputError):
        read_forward_model(tmp_path / "y.npy", make_space("line", 5))


def study(**more: object) -> Study:
    sweep = {**RECIPE, "name": "one", "trials": 1, **more}
    content = {"name": "s", "sweeps": [sweep], "estimators": [{"name": "zero"}]}
    return Study.model_validate(content)


def test_a_sweep_carries_it_to_its_recipes() -> None:
    plan = make_plan(study(instrument=INSTRUMENT))
    assert recipe(plan.study, plan.cells[0], 0).instrument == INSTRUMENT


def test_names_are_as_they_were_where_there_is_none() -> None:
    bare, other = make_plan(study()), make_plan(study(instrument=INSTRUMENT))
    assert bare.batches[0].id != other.batches[0].id
    assert make_plan(study(instrument={})).batches[0].id == bare.batches[0].id
    assert recipe_key(Recipe(**RECIPE)).endswith("well-separated:M=2")


def test_a_study_with_a_wrong_instrument_is_refused() -> None:
    with pytest.raises(InputError, match="unknown part of the instrument"):
        checked_plan(study(instrument={"lens": 1}))
