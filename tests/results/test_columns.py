"""Columns are declared once, and everything that shows them follows."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from mtdbench.results.columns import HISTORY, TABLE, Column, columns_version, drawable, headings
from mtdbench.results.columns_page import columns_page
from mtdbench.results.tabulate import complete_row, tabulate
from mtdbench.study.schema import Value

ROOT = Path(__file__).parents[2]
SOME = (Column("a", "int64", "whole"), Column("b", "float64", "real"), Column("c", "str", "text"))


def test_a_name_is_declared_once() -> None:
    names = [column.name for column in TABLE]
    assert len(set(names)) == len(names)
    table = {column.name: column for column in TABLE}
    assert all(table.get(column.name, column) is column for column in HISTORY)


def test_the_page_of_columns_is_up_to_date() -> None:
    assert (ROOT / "docs" / "columns.md").read_text(encoding="utf-8") == columns_page(), (
        "write it anew: mtdbench list --columns > docs/columns.md"
    )


def test_figures_can_be_asked_for_what_has_an_axis_label() -> None:
    assert set(get_args(Value)) == set(drawable()), "schema.Value and the axis labels differ"


def test_headings_carry_units_and_follow_the_declarations() -> None:
    assert list(headings())[:2] == ["estimator", "sweep"]
    assert headings()["fsc_resolution"] == "FSC 0.5 (samples)"
    assert headings()["size"] == "N"
    assert headings().keys() == {column.name for column in TABLE if column.heading}


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"name": "d"}, True),
        ({"dtype": "str"}, True),
        ({"revision": 2}, True),
        ({"doc": "other words"}, False),
        ({"heading": "B", "unit": "s"}, False),
    ],
)
def test_the_version_is_that_of_names_types_and_meaning(change: dict, differs: bool) -> None:
    changed = (SOME[0], replace(SOME[1], **change), SOME[2])
    assert (columns_version(changed) != columns_version(SOME)) == differs


def test_the_version_sees_a_column_more_and_another_order() -> None:
    versions = {columns_version(some) for some in (SOME, SOME[:2], SOME[::-1])}
    assert len(versions) == 3


def test_types_do_not_depend_on_the_rows() -> None:
    rows = [{"a": 1, "b": None, "c": None}, {"a": 2, "c": "x"}]
    kinds = ["int64", "float64", pd.Series([], dtype="str").dtype]
    for some in (rows, []):
        table = tabulate(some, SOME)
        assert list(table) == ["a", "b", "c"]
        assert list(table.dtypes) == kinds
    assert tabulate(rows, SOME)["c"].tolist() == ["", "x"]


def test_a_value_of_no_column_is_an_error() -> None:
    row = complete_row({"c": "x", "a": 1}, SOME)
    assert list(row) == ["a", "b", "c"]
    assert np.isnan(row["b"])
    with pytest.raises(KeyError, match="d"):
        complete_row({"a": 1, "d": 2}, SOME)
