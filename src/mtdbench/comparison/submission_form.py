"""The form of a submission: its columns, its card, where it was run."""

import re
from collections.abc import Iterator

import pandas as pd

from mtdbench.comparison.submission import CARD, Submission
from mtdbench.results.columns import FLOAT, INT, TABLE

COMMIT = re.compile(r"[0-9a-f]{7,40}")
RELEASE = re.compile(r"\d+(\.\d+)+")
FIELDS = ("estimator", "package", "version", "repository", "commit")


def check_columns(submission: Submission) -> Iterator[str]:
    """All columns of a table of this version, with their types, and no other."""
    table = submission.table
    declared = {column.name: column.dtype for column in TABLE}
    required = {column.name for column in TABLE if column.required}
    if missing := [n for n in declared if n in required | {"version", "commit"} and n not in table]:
        yield f"missing: {', '.join(missing)}"
    if unknown := [name for name in table if name not in declared]:
        yield f"unknown: {', '.join(map(str, unknown))}"
    for name, dtype in declared.items():
        if name in table and not _is(table[name], dtype):
            yield f"'{name}' holds {table[name].dtype}: expected {dtype}"


def check_card(submission: Submission) -> Iterator[str]:
    """`submission.json` names the estimator, its package, its version, repository and commit."""
    card = submission.card
    if missing := [name for name in FIELDS if not str(card.get(name) or "").strip()]:
        yield f"{CARD} does not say: {', '.join(missing)}"
        return
    if not COMMIT.fullmatch(str(card["commit"])):
        yield f"commit '{card['commit']}' in {CARD}: expected 7 to 40 hexadecimal digits"
    if not str(card["repository"]).startswith("https://"):
        yield f"repository '{card['repository']}' in {CARD}: expected an address https://..."
    if card["estimator"] not in submission.contestants:
        yield (
            f"estimator '{card['estimator']}' in {CARD}: expected a new one of the table"
            f" ({', '.join(submission.contestants) or 'which has none'})"
        )


def check_origin(submission: Submission) -> Iterator[str]:
    """Every row says which version of mtdbench made it: a release, or a clean commit."""
    table = submission.table
    pairs = table[["version", "commit"]].fillna("").astype(str).drop_duplicates()
    for version, commit in pairs.itertuples(index=False, name=None):
        if not version:
            yield "rows without a version of mtdbench"
        elif commit.endswith("-dirty"):
            yield f"commit {commit}: expected one without uncommitted changes"
        elif not COMMIT.fullmatch(commit) and not RELEASE.fullmatch(version):
            yield f"version {version} of commit '{commit}': expected a release or a commit"


def _is(values: pd.Series, dtype: str) -> bool:
    if dtype == INT:
        return pd.api.types.is_integer_dtype(values)
    if dtype == FLOAT:
        return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    strings = values.dropna()
    return bool(strings.map(lambda value: isinstance(value, str)).all())
