"""A true submission is accepted; each lie is found, under the law that it breaks."""

import json

import numpy as np
import pandas as pd
import pytest

from mtdbench.cli import main
from mtdbench.comparison.submission import read_submission
from mtdbench.comparison.verification import LAWS, verify
from mtdbench.results.columns import TABLE

CARD = {
    "estimator": "new", "package": "mtdbench-new", "version": "0.1",
    "repository": "https://example.org/new", "commit": "0123456789abcdef0123456789abcdef01234567",
}  # fmt: skip


@pytest.fixture
def published(made, noise, save):
    errors = {"oracle": 0.05, "zero": 1.0, "em": 0.1}
    table = made({k: lambda s, t, v=v: v * noise(1, t, s) for k, v in errors.items()}, trials=3)
    table["density"] += 1e-4 * table["trial"]
    save(table, "published/s", limits={"seconds": 60.0})
    return table


@pytest.fixture
def submitted(published):
    """A true submission: the published rows run again, and those of a new estimator."""
    new = published[published["estimator"] == "em"].assign(
        estimator="new", method="new", error=lambda t: t["error"] * 0.9, cpu_seconds=0.5
    )
    return pd.concat([published.assign(host="another"), new], ignore_index=True)


@pytest.fixture
def check(published, save, tmp_path):
    def faults(table, card=CARD) -> dict[str, tuple[str, ...]]:
        folder = save(table, f"sent/{len(list(tmp_path.rglob('*')))}")
        (folder / "submission.json").write_text(json.dumps(card))
        verdicts = verify(read_submission(folder, tmp_path / "published"))
        return {verdict.law: verdict.faults for verdict in verdicts if verdict.faults}

    return faults


def test_a_true_submission_is_accepted(check, submitted):
    assert check(submitted) == {}


def test_so_is_one_with_failures_that_say_why(check, submitted):
    new = submitted.index[submitted["estimator"] == "new"][0]
    submitted.loc[new, ["status", "reason", "error"]] = ["timeout", "60 s", np.nan]
    assert check(submitted) == {}


def of(table, name):
    return table["estimator"] == name


LIES = {
    "a column with other types": (
        lambda t: t.assign(sigma=t["sigma"].astype(str)), "columns and their types"),
    "a column of its own": (lambda t: t.assign(verdict="best"), "columns and their types"),
    "uncommitted changes": (
        lambda t: t.assign(commit="0123456789ab-dirty"), "version and commit of mtdbench"),
    "no version": (lambda t: t.assign(version=""), "version and commit of mtdbench"),
    "an unknown cell": (
        lambda t: t.assign(cell="easy" + t["cell"]), "cells are those of the published study"),
    "an easier problem under the same name": (
        lambda t: t.assign(size=10 * t["size"]), "cells are those of the published study"),
    "another seed": (lambda t: t.assign(seed=t["seed"] + 1),
                     "data sets and seeds are the published ones"),
    "other data": (lambda t: t.assign(density=0.1001),
                   "data sets and seeds are the published ones"),
    "less noise": (lambda t: t.assign(sigma=0.2), "data sets and seeds are the published ones"),
    "more trials": (lambda t: t.assign(trial=t["trial"] + 1),
                    "data sets and seeds are the published ones"),
    "its bad rows left out": (
        lambda t: t.drop(index=t.index[of(t, "new")][0]), "no row is left out"),
    "a cell left out": (
        lambda t: t[~(of(t, "new") & (t["snr"] == 1))], "no row is left out"),
    "nothing new": (lambda t: t[~of(t, "new")], "no row is left out"),
    "an invented status": (lambda t: t.assign(status="great"), "statuses and reasons"),
    "rows that were lost": (
        lambda t: t.assign(status=t["status"].where(~of(t, "new"), "lost")),
        "statuses and reasons"),
    "failures without a reason": (
        lambda t: t.assign(status=t["status"].where(~of(t, "new"), "crashed")),
        "statuses and reasons"),
    "planned ends without an error": (
        lambda t: t.assign(error=t["error"].where(~of(t, "new"))), "errors"),
    "errors that nobody can have": (
        lambda t: t.assign(bound_known=10 * t["error"]), "errors"),
    "no oracle": (lambda t: t[~of(t, "oracle")], "baselines agree with the published rows"),
    "an oracle that saw other data": (
        lambda t: t.assign(error=t["error"].where(~of(t, "oracle"), t["error"] * 1.01)),
        "baselines agree with the published rows"),
    "a weaker em": (
        lambda t: t.assign(error=t["error"].where(~of(t, "em"), t["error"] * 1.1)),
        "baselines agree with the published rows"),
    "no time at all": (
        lambda t: t.assign(wall_seconds=t["wall_seconds"].where(~of(t, "new"), 0.0)),
        "times are plausible"),
    "more time than allowed": (
        lambda t: t.assign(wall_seconds=t["wall_seconds"].where(~of(t, "new"), 100.0)),
        "times are plausible"),
    "work in hidden threads": (
        lambda t: t.assign(cpu_seconds=t["cpu_seconds"].where(~of(t, "new"), 500.0)),
        "times are plausible"),
    "a slow em": (
        lambda t: t.assign(cpu_seconds=0.01 * t["cpu_seconds"]), "times are plausible"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_each_lie_is_found_under_its_law(check, submitted, lie):
    tell, law = LIES[lie]
    assert law in LAWS
    found = check(tell(submitted))
    assert law in found
    assert set(submitted.columns) <= {column.name for column in TABLE}


@pytest.mark.parametrize(
    "wrong",
    [{"commit": "HEAD"}, {"commit": ""}, {"repository": "/home/me"}, {"estimator": "em"},
     {"package": None}],
)  # fmt: skip
def test_the_card_names_a_commit_that_others_can_fetch(check, submitted, wrong):
    assert set(check(submitted, CARD | wrong)) == {"who submits, and which commit"}


def test_the_command_prints_law_by_law(published, submitted, save, tmp_path, capsys):
    folder = save(submitted, "sent")
    words = ["--published", str(tmp_path / "published")]
    assert main(["verify", str(folder), *words]) == 1
    assert "FAIL  who submits, and which commit" in capsys.readouterr().out
    (folder / "submission.json").write_text(json.dumps(CARD))
    assert main(["verify", str(folder), *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [f"ok    {law}" for law in LAWS] + ["accepted"]
    submitted.to_csv(folder / "table.csv", index=False)
    assert main(["verify", str(folder / "table.csv"), *words]) == 0


def test_what_is_no_submission_ends_with_one_line(published, submitted, save, tmp_path, capsys):
    words = ["--published", str(tmp_path / "published")]
    other = save(submitted.assign(study="mine"), "other")
    both = save(submitted.assign(study=["s", "t"] * (len(submitted) // 2)), "both")
    for path in (other, both, tmp_path / "nowhere"):
        assert main(["verify", str(path), *words]) == 2
        assert capsys.readouterr().err.count("\n") == 1
