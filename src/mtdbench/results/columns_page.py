"""The page of columns, `docs/columns.md`, written from their declarations."""

from collections.abc import Iterable

from mtdbench.results.columns import DERIVED, HISTORY, TABLE, Column

INTRODUCTION = """\
# Columns

Written by `mtdbench list --columns` from `src/mtdbench/results/columns.py`; not to be edited here.

Types: whole numbers, real numbers (NaN for what is not there), text (empty for what is not there).
Columns marked *measured* may differ when a study is repeated; all others are the same to the last
bit.
"""
TYPES = {"int64": "whole", "float64": "real", "str": "text"}


def columns_page() -> str:
    """The page, as Markdown."""
    parts = [
        INTRODUCTION,
        "## The table\n\n`table.parquet` and `table.csv`: one row for each planned run.\n",
        _listed(TABLE),
        "## The history\n\n`history.parquet`: one row for each snapshot of a run.\n",
        _listed(HISTORY),
        "## What figures work out\n\nFor `y` of a figure that a study names.\n",
        _listed(DERIVED),
    ]
    return "\n".join(parts)


def _listed(columns: Iterable[Column]) -> str:
    lines = ["| column | type | unit | what it is |", "|---|---|---|---|"]
    lines += [f"| `{c.name}` | {TYPES[c.dtype]} | {c.unit} | {_words(c)} |" for c in columns]
    return "\n".join(lines) + "\n"


def _words(column: Column) -> str:
    words = column.doc.replace("|", "\\|")
    return f"{words} (*measured*)" if column.measured else words
