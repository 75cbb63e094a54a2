"""Options of every name and type: each is read, or refused in one line."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Literal, Optional

import pytest
from pydantic import Field

from mtdbench.errors import InputError
from mtdbench.estimators.declaration import declare
from mtdbench.estimators.options import (
    all_options,
    convert_options,
    parse_options,
    read_options,
)
from mtdbench.estimators.signature import read_signature


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def odd(
    measurement,
    rng,
    *,
    model_config: int = 1,
    copy: bool = False,
    json: str = "x",
    schema: float = 0.5,
    _under: int = 2,
    validate: Literal["a", "b"] = "a",
    field: Optional[int] = None,  # noqa: UP045  # as plugins write it
    path: Path = Path("here"),
    colour: Colour = Colour.RED,
    many: tuple[int, ...] = (1, 2),
    positive: Annotated[int, Field(gt=0)] = 1,
    unknown: NoSuchName = 3,  # noqa: F821
):
    """Options with names that a model of pydantic has itself."""
    yield


GIVEN = {
    "model_config": ("4", 4),
    "copy": ("true", True),
    "json": ("12", "12"),
    "schema": ("1e-3", 1e-3),
    "_under": ("7", 7),
    "validate": ("b", "b"),
    "field": ("none", None),
    "path": ("there", Path("there")),
    "colour": ("blue", Colour.BLUE),
    "many": ("[3, 4]", (3, 4)),
    "positive": ("2", 2),
    "unknown": ("{a: 1}", {"a": 1}),
}


@pytest.mark.parametrize("name", GIVEN)
def test_an_option_of_any_name_is_read_by_its_type(name):
    text, value = GIVEN[name]
    assert parse_options("odd", odd, [f"{name}={text}"]) == {name: value}


WRONG = {
    "model_config": "x",
    "copy": "perhaps",
    "schema": "high",
    "_under": "1.5",
    "validate": "c",
    "field": "some",
    "colour": "green",
    "many": "[1, a]",
    "positive": "0",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_of_another_type_is_one_line(name):
    with pytest.raises(InputError) as caught:
        parse_options("odd", odd, [f"{name}={WRONG[name]}"])
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_option_can_be_written_down():
    written = all_options("odd", odd, {"colour": "blue", "path": "there"})
    assert written["colour"] == "blue"
    assert written["path"] == "there"
    assert written["many"] == [1, 2]
    assert list(written) == list(read_options(odd)[0])


def test_a_default_that_json_cannot_hold_is_written_as_its_text():
    def holds(measurement, rng, *, thing=object):
        yield

    assert all_options("holds", holds, {}) == {"thing": "<class 'object'>"}


def test_any_other_option_is_taken_where_the_signature_says_so():
    def open_ended(measurement, rng, *, steps: int = 1, **rest):
        yield

    given = {"steps": "2", "anything": [1]}
    assert convert_options("open", open_ended, given) == {"steps": 2, "anything": [1]}


def test_a_missing_option_is_named():
    def needs(measurement, rng, *, steps: int):
        yield

    with pytest.raises(InputError, match="'steps' is missing"):
        convert_options("needs", needs, {})


def test_a_type_that_is_none_is_named():
    def strange(measurement, rng, *, steps: 3 = 1):
        yield

    with pytest.raises(InputError, match="option 'steps' of strange: no type") as caught:
        convert_options("strange", strange, {"steps": 1})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("keyword", ["spaces"])
def test_a_space_that_is_none_is_named(keyword):
    with pytest.raises(InputError, match="unknown space 'sphere'"):
        declare(**{keyword: ["line", "sphere"]})


def test_a_bound_method_and_a_partial_have_signatures():
    class Holder:
        def run(self, measurement, rng, *, steps=1):
            yield

    assert list(read_signature(Holder().run).parameters) == ["measurement", "rng", "steps"]
