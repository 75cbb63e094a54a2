import json
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from mtdbench.errors import InputError
from mtdbench.study import Study, load_study, parse_study, schema
from mtdbench.study.schema import Drawing, Limits, Method, Reduced, Slope, Sweep

SWEEP = {"name": "a", "space": "line", "window": 5, "size": 100, "snr": 1, "density": 0.2}
STUDY = {"name": "s", "sweeps": [SWEEP], "estimators": [{"name": "zero"}]}
ROOT = Path(__file__).parents[2]


def study(**changes: object) -> Study:
    return parse_study(yaml.safe_dump({**STUDY, **changes}))


def test_a_scalar_is_a_list_of_one() -> None:
    sweep = study().sweeps[0]
    assert (sweep.window, sweep.size, sweep.snr, sweep.density) == ((5,), (100,), (1.0,), (0.2,))


def test_saturation_is_no_density() -> None:
    swept = study(sweeps=[{**SWEEP, "density": [0.1, "saturation"]}]).sweeps[0]
    assert swept.density == (0.1, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sweps": []}, ["'sweps'", "did you mean 'sweeps'?"]),
        ({"sweeps": [{**SWEEP, "sizes": 7}]}, ["'sizes'", "did you mean 'size'?", "sweeps[0]"]),
        ({"limits": {"second": 1}}, ["'second'", "did you mean 'seconds'?", "limits"]),
        ({"estimators": [{"nam": "zero"}]}, ["'nam'", "did you mean 'name'?", "estimators[0]"]),
        ({"estimators": [{}]}, ["estimators[0].name", "missing"]),
        ({"sweeps": [{**SWEEP, "window": "five"}]}, ["sweeps[0].window", "'five'"]),
        ({"sweeps": [{**SWEEP, "window": 5.5}]}, ["sweeps[0].window", "5.5"]),
        ({"sweeps": [{**SWEEP, "snr": []}]}, ["sweeps[0].snr"]),
        ({"sweeps": []}, ["sweeps"]),
        ({"name": "../up"}, ["name = '../up'"]),
        ({"limits": {"seconds": 0}}, ["limits.seconds = 0"]),
        ({"seed": -1}, ["seed = -1"]),
    ],
)
def test_a_mistake_is_one_line_that_names_it(changes: dict, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        study(**changes)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: s\nseed: 1\nseed: 2\n", "'seed' twice, again in line 3"),
        ("sweeps:\n- {name: a, snr: 1, snr: 2}\n", "'snr' twice, again in line 2"),
        ("a: &a {b: *a, c: 1, c: 2}", "'c' twice"),
    ],
)
def test_a_key_that_occurs_twice_is_named(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_study(text)


@pytest.mark.parametrize("text", ["", "- 1", "a: [", "just text"])
def test_what_is_no_mapping_is_no_study(text: str) -> None:
    with pytest.raises(InputError):
        parse_study(text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml"):
        load_study(tmp_path / "none.yaml")


def test_the_schema_file_is_up_to_date() -> None:
    assert json.loads((ROOT / "config" / "schema.json").read_text()) == schema(), (
        "write it anew: mtdbench check --schema > config/schema.json"
    )


@pytest.mark.parametrize("model", [Study, Sweep, Reduced, Method, Limits, Drawing, Slope])
def test_every_key_is_explained(model: type[BaseModel]) -> None:
    assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_studies_that_come_with_the_suite_are_valid(path: Path) -> None:
    from mtdbench.study.recipes import checked_plan

    study = load_study(path)[0]
    assert study.name == path.stem
    assert checked_plan(study).runs
    if any(sweep.reduced != Reduced() for sweep in study.sweeps):
        reduced = checked_plan(study.reduced())
        assert 0 < reduced.runs <= checked_plan(study).runs


def test_a_reduced_study_has_what_its_sweeps_say_and_keeps_the_rest() -> None:
    smaller = {**SWEEP, "trials": 9, "reduced": {"size": [50, 70], "trials": 2}}
    left_out = {**SWEEP, "name": "b", "reduced": {"skip": True}}
    figures = [
        {"name": n, "title": n, "sweeps": s} for n, s in (("one", ["a", "b"]), ("two", ["b"]))
    ]
    whole = study(sweeps=[smaller, left_out, {**SWEEP, "name": "c"}], figures=figures)
    reduced = whole.reduced()
    assert reduced.name == "s-reduced"
    assert [sweep.name for sweep in reduced.sweeps] == ["a", "c"]
    first, last = reduced.sweeps
    assert (first.size, first.trials, first.snr) == ((50, 70), 2, (1.0,))
    assert last == whole.sweeps[2]
    assert [(figure.name, figure.sweeps) for figure in reduced.figures] == [("one", ("a",))]
    assert (reduced.seed, reduced.estimators) == (whole.seed, whole.estimators)


def test_a_study_without_a_reduced_scale_says_so() -> None:
    with pytest.raises(InputError, match="no reduced scale: expected scale 'full'"):
        study().reduced()
