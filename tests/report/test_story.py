"""The story of a study: who wins, by how much, what ties; on tables whose answers are known."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mtdbench.figures.layout.panels import with_axes
from mtdbench.figures.layout.style import looks
from mtdbench.report.findings import Ratio, SweepFinding, findings
from mtdbench.report.format import enumeration, ratio_text
from mtdbench.report.story import failures_in_short, story, where

Errors = Mapping[str, Callable[[float, int], float]]
"""The error of each estimator at an SNR in a trial."""
TRIALS = 8
REFERENCES = ("oracle", "zero")


def noise(seed: int, trial: int, snr: float) -> float:
    """A factor near to 1, the same whenever it is asked for."""
    return float(np.exp(0.1 * np.random.default_rng([seed, trial, int(snr)]).standard_normal()))


def made(
    errors: Errors, snrs: tuple[float, ...] = (1, 2, 5), trials: int = TRIALS, **more: object
) -> pd.DataFrame:
    """A sweep over SNR."""
    rows = [
        {
            "study": "s", "sweep": "a", "cell": f"a-snr{snr:g}", "space": "line", "ndim": 1,
            "window": 5, "size": 100, "snr": snr, "density": 0.1, "trial": trial,
            "estimator": name, "method": name, "error": error(snr, trial), "status": "ok",
            "reason": "", **more,
        }
        for snr in snrs for trial in range(trials) for name, error in errors.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def found(table: pd.DataFrame) -> list[SweepFinding]:
    return findings(with_axes(table), looks(table, REFERENCES))


def said(table: pd.DataFrame) -> list[str]:
    return [one.claim + one.numbers for one in story(table, REFERENCES).sweeps["a"]]


CLEAR: Errors = {
    "oracle": lambda snr, trial: 0.001,
    "zero": lambda snr, trial: 1.0,
    "em": lambda snr, trial: 0.04 * noise(1, trial, snr),
    "other": lambda snr, trial: 0.1 * noise(2, trial, snr),
    "worst": lambda snr, trial: 0.5 * noise(3, trial, snr),
}


def test_the_best_wins_with_the_interval_of_the_mean_logarithm_and_references_never_do() -> None:
    table = made(CLEAR)
    (one,) = found(table)
    assert (one.best, list(one.ties), list(one.beaten)) == ("em", [], ["other", "worst"])
    logs = np.log(table[table["estimator"] == "em"]["error"].to_numpy())
    logs -= np.log(table[table["estimator"] == "other"]["error"].to_numpy())
    low, high = stats.ttest_1samp(logs, 0).confidence_interval(0.95)
    ratio = one.beaten["other"]
    np.testing.assert_allclose(
        [ratio.value, ratio.low, ratio.high], np.exp([logs.mean(), low, high])
    )
    (words,) = said(table)
    assert words == f"em wins at SNR 1 to 5: its error is {ratio_text(ratio)} times that of other."
    assert 0.35 < ratio.low < 0.4 < ratio.high < 0.45


def test_estimators_tie_if_the_interval_holds_one() -> None:
    errors = {**CLEAR, "twin": lambda snr, trial: 0.04 * noise(4, trial, snr)}
    (one,) = found(made(errors))
    assert {one.best, *one.ties} == {"em", "twin"}
    assert list(one.beaten) == ["other", "worst"]
    (words,) = said(made(errors))
    assert words.startswith(f"{one.best} and {next(iter(one.ties))} tie at SNR 1 to 5: ")
    assert words.endswith("times that of other, the next best.")


def test_equal_errors_are_a_tie_though_they_have_no_spread() -> None:
    em = CLEAR["em"]
    (one,) = found(made({"em": em, "same": lambda snr, trial: em(snr, trial) * (1 + 1e-9)}))
    assert list(one.ties) == ["same"]
    assert not one.beaten
    assert said(made({"em": em, "same": em}))[0].endswith("times that of same.")


@pytest.mark.parametrize("truly", [True, False])
def test_a_tie_is_declared_as_often_as_the_interval_says(truly: bool) -> None:
    ratio = 1.0 if truly else 0.5
    ties = 0
    for seed in range(40):
        errors = {
            "one": lambda snr, trial, seed=seed: ratio * noise(2 * seed, trial, snr),
            "two": lambda snr, trial, seed=seed: noise(2 * seed + 1, trial, snr),
        }
        ties += bool(found(made(errors, snrs=(1,), trials=4))[0].ties)
    assert ties >= 34 if truly else ties == 0


def test_each_part_of_a_sweep_has_its_winner() -> None:
    errors = {
        "low": lambda snr, trial: 0.1 * noise(1, trial, snr),
        "high": lambda snr, trial: 0.3 / snr * noise(2, trial, snr),
    }
    one, other = found(made(errors, snrs=(1, 2, 8, 9, 10)))
    assert (one.best, one.cells) == ("low", ("a-snr1", "a-snr2"))
    assert other.best == "high"
    first, second = said(made(errors, snrs=(1, 2, 8, 9, 10)))
    assert first.startswith("low wins at SNR 1 to 2: ")
    assert second.startswith("high wins at SNR 8 to 10: ")
    assert story(made(errors, snrs=(1, 2, 8, 9, 10)), REFERENCES).overall == (
        "high has the smallest error in 3 of 5 cells."
    )


def test_the_same_tie_in_several_parts_is_one_finding() -> None:
    errors = {
        "one": lambda snr, trial: (0.1 + 1e-5 * (snr == 2)) * noise(1, trial, snr),
        "two": lambda snr, trial: (0.1 + 1e-5 * (snr != 2)) * noise(1, trial, snr),
    }
    (one,) = found(made(errors))
    assert len(one.cells) == 3


def test_runs_without_an_error_are_left_out_of_the_pairs() -> None:
    lucky = {**CLEAR, "lucky": lambda snr, trial: 1e-6 if trial < 3 else np.nan}
    (one,) = found(made(lucky))
    assert one.best == "em"  # an error on fewer than half of the data sets is no win
    often = {**CLEAR, "often": lambda snr, trial: 0.01 if trial < 5 else np.nan}
    (one,) = found(made(often))
    assert one.best == "often"
    em = [CLEAR["em"](snr, trial) for snr in (1, 2, 5) for trial in range(5)]
    assert one.beaten["em"].value == pytest.approx(0.01 / np.exp(np.log(em).mean()))


def test_where_nothing_can_be_compared_the_story_says_so() -> None:
    only = {name: CLEAR[name] for name in ("oracle", "em")}
    (words,) = said(made(only))
    assert words.startswith("em is the only estimator at SNR 1 to 5: its error is 0.0396, ")
    assert words.endswith("times the oracle's.")
    assert story(made(only), REFERENCES).overall == ""
    assert said(made({"oracle": CLEAR["oracle"]})) == ["Only references ran."]
    nothing = made({"em": lambda snr, trial: np.nan, "oracle": CLEAR["oracle"]})
    assert said(nothing) == ["No estimator gave an error."]
    (alone,) = said(made({**only, "failed": lambda snr, trial: np.nan}))
    assert alone.startswith("em alone gave an error")


def test_a_single_data_set_has_no_interval_and_no_winner() -> None:
    (words,) = said(made(CLEAR, snrs=(1,), trials=1))
    assert words.startswith("em has the smallest error: its error is 0.")
    assert words.endswith("times that of other, on a single data set.")


def test_the_bound_is_attained_exceeded_or_undercut() -> None:
    table = made(CLEAR)
    for share, claim in ((1.0, "attains the"), (1.25, "stays above the"), (0.5, "falls below the")):
        errors = table["error"].where(table["estimator"] == "em")
        spread = np.where(table["trial"] % 2, 1.01, 0.99)
        bounds = table.assign(bound=errors / share * spread)
        (one,) = found(bounds)
        assert one.to_bound.value == pytest.approx(share, rel=0.001)
        assert one.to_bound.low < share < one.to_bound.high
        assert f"em {claim}" in said(bounds)[0]
        (line,) = story(bounds, REFERENCES).lines
        assert line.efficiency.startswith(f"{1 / share:.2f} (")
    assert story(table, REFERENCES).lines[0].efficiency == "–"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((1, 2, 5, 7, 9), " at SNR 1 to 9"),
        ((2, 5), " at SNR 2 to 5"),
        ((7,), " at SNR 7"),
        ((1, 5, 9), " at SNR 1, 5 and 9"),
        ((1, 2, 5, 9), " in 4 of 5 cells"),
    ],
)
def test_the_place_of_a_finding(cells: tuple[float, ...], expected: str) -> None:
    table = with_axes(made(CLEAR, snrs=(1, 2, 5, 7, 9)))
    assert where(tuple(f"a-snr{snr:g}" for snr in cells), table) == expected
    alone = table[table["snr"] == 7]
    assert where(("a-snr7",), alone) == ""
    two = pd.concat([table, table.assign(window=6, cell=table["cell"] + "-L6")])
    assert where(("a-snr7", "a-snr1-L6"), two) == " in 2 of 10 cells"
    assert where(tuple(two["cell"].unique()), two) == " throughout"


def test_failures_are_told_once_each_with_their_reason() -> None:
    table = made(CLEAR)
    late = (table["estimator"] == "other") & (table["snr"] == 5)
    table.loc[late, ["status", "reason"]] = ["timeout", "killed at the wall limit of 60 s"]
    table.loc[(table["estimator"] == "worst") & (table["trial"] == 0), "status"] = "diverged"
    failed = table["status"].isin(["timeout", "diverged"])
    assert list(failures_in_short(table, failed)) == [
        "other on a, 8 runs: timeout, killed at the wall limit of 60 s.",
        "worst on a, 3 runs: diverged.",
    ]
    assert list(failures_in_short(table, failed, most=1))[1:] == [
        "3 other runs: see the list of failures."
    ]


def test_ratios_and_lists_in_words() -> None:
    assert ratio_text(Ratio(0.412, 0.349, 0.4811)) == "0.41 (0.35 to 0.48)"
    assert ratio_text(Ratio(0.0412, np.nan, np.nan)) == "0.041"
    assert [enumeration(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
