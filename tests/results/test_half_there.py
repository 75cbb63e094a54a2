"""Folders of results that are half there: one line, or the rest of what there is."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from mtdbench.errors import InputError
from mtdbench.results.reader import Results


@pytest.fixture
def folder(make_study: Callable[..., Path], tmp_path: Path) -> Path:
    """A made-up study's folder that may be damaged."""
    return Path(shutil.copytree(make_study(), tmp_path / "study"))


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def change(path: Path, do: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    do(pd.read_parquet(path)).to_parquet(path)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda f: (f / "table.parquet").unlink(), "no table in"),
        (lambda f: cut(f / "table.parquet", 0), "cannot read"),
        (lambda f: cut(f / "table.parquet", 500), "cannot read"),
        (lambda f: cut(f / "history.parquet", 500), "cannot read"),
        (lambda f: change(f / "table.parquet", lambda t: t.iloc[:0]), "has no rows"),
        (lambda f: change(f / "table.parquet", lambda t: t.drop(columns="snr")), "column 'snr'"),
        (lambda f: change(f / "history.parquet", lambda t: t.assign(error="x")), "'error'"),
        (lambda f: change(f / "table.parquet", lambda t: t.assign(snr="x")), "column 'snr'"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(
    folder: Path, damage: Callable[[Path], None], words: str
) -> None:
    damage(folder)
    with pytest.raises(InputError, match=words) as caught:
        Results.load(folder)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"study": [1], "provenance": 3}'])
def test_without_a_readable_origin_the_table_is_there_all_the_same(folder: Path, text: str) -> None:
    (folder / "study.json").write_text(text)
    results = Results.load(folder)
    assert len(results.table)
    assert (results.drawings, results.provenance) == ([], {})
    assert results.references  # as the estimators declare


def test_a_figure_that_is_none_is_one_line(folder: Path) -> None:
    (folder / "study.json").write_text(json.dumps({"study": {"figures": [{"name": 3}]}}))
    with pytest.raises(InputError, match="name = 3"):
        _ = Results.load(folder).drawings


def test_arrays_that_are_cut_short_are_not_there(folder: Path) -> None:
    results = Results.load(folder)
    row = results.table[results.table["estimator"] == "oracle"].iloc[0]
    cell, trial = str(row["cell"]), int(row["trial"])
    assert results.truth(cell, trial) is not None
    for path in folder.rglob("*.np?"):
        cut(path, 90)
    assert results.truth(cell, trial) is None
    assert results.copies(cell, trial, 6, 4) is None
    assert results.estimate(cell, trial, "oracle") is None
