"""Two tables: what is worse is found, what is not is not, nothing is lost on the way."""

import csv
import io
import json

import numpy as np
import pytest
from scipy import stats

from mtdbench.cli import main
from mtdbench.comparison.difference import difference
from mtdbench.comparison.tables_read import read_table
from mtdbench.errors import InputError

ERRORS = {"em": 0.1, "other": 0.2, "oracle": 0.05}


@pytest.fixture
def before(made, noise):
    return made({k: lambda snr, t, v=v: v * noise(1, t, snr) for k, v in ERRORS.items()})


def changed(table, estimator, factor):
    """The table with the errors of an estimator multiplied, by a function of SNR and trial."""
    rows = table["estimator"] == estimator
    factors = [factor(*pair) for pair in zip(table["snr"], table["trial"], strict=True)]
    return table.assign(error=table["error"].where(~rows, table["error"] * factors))


def verdicts(found):
    return {(c.cell, c.estimator): c.verdict for c in found.accuracy}


def test_a_table_is_equal_to_itself_to_the_bit_and_up_to_rounding(before):
    for factor in (1.0, 1 + 1e-9):
        found = difference(before, before.assign(error=before["error"] * factor))
        assert set(verdicts(found).values()) == {"equal"}
        assert not found.is_worse
        assert all((t.ratio, t.low, t.high) == (1, 1, 1) for t in found.time)
        assert (found.pairs, len(found.only_a), len(found.only_b)) == (72, 0, 0)


def test_the_ratio_its_interval_and_its_p_value_are_those_of_the_t_test(before, noise):
    after = changed(before, "em", lambda snr, t: 1.3 * noise(2, t, snr))
    found = difference(before, after)
    logs = np.log([1.3 * noise(2, t, snr) for snr in (1.0, 2.0, 5.0) for t in range(8)])
    test = stats.ttest_1samp(logs, 0, alternative="greater")
    low, high = stats.ttest_1samp(logs, 0).confidence_interval(0.95)
    one = next(c for c in found.accuracy if (c.cell, c.estimator) == ("", "em"))
    np.testing.assert_allclose(
        [one.ratio, one.low, one.high], np.exp([logs.mean(), low, high]), rtol=1e-12
    )
    assert one.pairs == 24
    assert test.pvalue <= one.p_worse <= test.pvalue * len(found.accuracy)
    assert one.verdict == "worse"
    assert found.is_worse
    assert verdicts(found)["", "other"] == "equal"
    assert not difference(after, before).is_worse  # the other way round it is better
    assert verdicts(difference(after, before))["", "em"] == "better"


def test_one_cell_that_is_worse_is_found_among_those_that_are_not(before, noise):
    after = changed(before, "em", lambda snr, t: (2 if snr == 5 else 1) * noise(3, t, snr, 0.05))
    found = verdicts(difference(before, after))
    assert found["a-snr5", "em"] == "worse"
    assert found["a-snr1", "em"] == found["a-snr2", "em"] == "open"


def test_where_nothing_changes_but_noise_the_alarm_is_as_rare_as_it_says(made, noise):
    alarms = 0
    for seed in range(40):
        tables = [
            made(
                {"em": lambda s, t, k=k, seed=seed: noise(100 * seed + k, t, s)},
                snrs=(1.0, 2.0),
                trials=4,
            )
            for k in (1, 2)
        ]
        alarms += difference(*tables).is_worse
    assert alarms <= 6  # of 40 at 5 %: more than 6 have a probability below 1 %


def test_a_single_pair_is_never_significant(made):
    one, two = (made({"em": lambda s, t, v=v: v}, snrs=(1.0,), trials=1) for v in (0.1, 0.9))
    found = difference(one, two)
    assert verdicts(found) == {("", "em"): "single"}
    assert not found.is_worse


def test_times_are_ratios_of_runs_that_ended_in_both(before):
    after = before.assign(cpu_seconds=before["cpu_seconds"] * np.where(before.trial % 2, 2.0, 4.0))
    after.loc[after["trial"] == 0, ["status", "cpu_seconds"]] = ["timeout", 1e6]
    one = next(t for t in difference(before, after).time if t.estimator == "em")
    assert (one.pairs, one.ratio, one.low, one.high) == (21, 2.0, 2.0, 4.0)


@pytest.mark.parametrize(
    ("status", "worse"),
    [("crashed", True), ("diverged", True), ("timeout", False), ("memory", False)],
)
def test_changed_statuses_are_listed_and_new_failures_of_its_own_are_worse(before, status, worse):
    after = before.copy()
    after.loc[4, ["status", "reason", "error"]] = [status, "why", np.nan]
    found = difference(before, after)
    (one,) = found.statuses
    assert (one.before, one.after, one.reason) == ("ok", status, "why")
    assert (one.cell, one.trial, one.estimator) == ("a-snr1", 1, "other")
    assert found.is_worse == worse
    assert not difference(after, before).is_worse


def test_rows_of_one_side_are_counted_whatever_their_order(before):
    after = before[before["estimator"] != "oracle"].sample(frac=1, random_state=1)
    found = difference(before[before["trial"] > 0], after)
    assert set(found.only_a["estimator"]) == {"oracle"}
    assert len(found.only_a) == 21
    assert set(found.only_b["trial"]) == {0}
    assert len(found.only_b) == 6
    assert found.pairs == 42
    assert set(verdicts(found).values()) == {"equal"}


def test_tables_without_a_common_run_or_with_a_run_twice_are_refused(before, save, tmp_path):
    with pytest.raises(InputError, match="no run in common"):
        difference(before, before.assign(sweep="b"))
    save(before.iloc[[0, 0]])
    with pytest.raises(InputError, match="two rows for cell a-snr1 trial 0 estimator em"):
        read_table(tmp_path / "s")


def test_the_command_prints_text_json_and_csv_and_its_exit_code_is_for_ci(before, save, capsys):
    a = save(before, "a")
    b = save(changed(before, "em", lambda snr, t: 1.5), "b")
    before.to_csv(a / "table.csv", index=False)
    assert main(["diff", str(a), str(a / "table.csv")]) == 0
    assert capsys.readouterr().out.endswith("verdict: not worse\n")
    assert main(["diff", str(a), str(b)]) == 1
    text = capsys.readouterr().out
    assert "worse" in text
    assert "1.5" in text
    assert main(["diff", str(a), str(b), "--json"]) == 1
    content = json.loads(capsys.readouterr().out)
    assert content["is_worse"]
    assert content["pairs"] == len(before)
    assert main(["diff", str(b), str(a), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["quantity"] for row in rows} == {"error", "cpu_seconds"}
    assert len(rows) == len(content["accuracy"]) + len(content["time"])


def test_what_is_no_table_ends_with_one_line(tmp_path, capsys, save, before):
    a = save(before)
    (tmp_path / "x.csv").write_text("study\n1\n")
    (tmp_path / "y.parquet").write_bytes(b"nonsense")
    for name in ("nowhere", "x.csv", "y.parquet"):
        assert main(["diff", str(a), str(tmp_path / name)]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert name in error


WRONG = {
    "no rows": lambda t: t.head(0),
    "error as text": lambda t: t.assign(error=t["error"].astype(str)),
    "trial as text": lambda t: t.assign(trial="a"),
    "no trial": lambda t: t.assign(trial=np.nan),
    "lists": lambda t: t.assign(estimator=[["em"]] * len(t)),
    "no name": lambda t: t.assign(cell=None),
    "an empty name": lambda t: t.assign(estimator=""),
    "truth values": lambda t: t.assign(cpu_seconds=True),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("verb", ["diff", "leaderboard", "verify", "report"])
def test_a_table_that_is_none_ends_with_one_line(before, save, capsys, verb, wrong):
    folder = save(WRONG[wrong](before))
    words = {"diff": [str(folder)] * 2, "leaderboard": [str(folder.parent)]}
    assert main([verb, *words.get(verb, [str(folder)])]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"mtdbench: '{folder}")
    assert shown.err.count("\n") == 1
    assert not (folder / "report.html").exists()
