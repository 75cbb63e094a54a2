"""The leaderboard: effects, scores and ranks of tables whose answers are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtdbench.cli import main
from mtdbench.comparison.additive_effects import additive_effects
from mtdbench.comparison.leaderboard_page import leaderboard_page, published_studies
from mtdbench.comparison.standings import rankings
from mtdbench.comparison.tracks import tracks
from mtdbench.results.reader import Results

ROOT = Path(__file__).parents[2]


def ranked(folder, track="1-D, well separated"):
    """The standings by score and estimator."""
    (one,) = [t for t in tracks([Results.load(folder)]) if t.name == track]
    return {r.score.name: {s.name: s for s in r.standings} for r in rankings(one)}


def test_effects_are_mean_differences_where_all_ran_everywhere():
    rng = np.random.default_rng(0)
    y = pd.DataFrame(rng.normal(size=(40, 3)) + rng.normal(size=(40, 1)) * 5, columns=list("abc"))
    found = additive_effects(y, np.arange(40) // 4)
    known = y.mean().sort_values()
    assert list(found.names) == list(known.index)
    np.testing.assert_allclose(np.diff(found.logs), np.diff(known))
    assert found.resampled.shape == (3, 1000)


def test_effects_are_exact_without_noise_whoever_is_missing():
    rng = np.random.default_rng(1)
    effects = np.array([0.0, 0.3, 1.0, 2.0])
    y = rng.normal(size=(30, 1)) * 3 + effects
    y[rng.random(y.shape) < 0.5] = np.nan
    found = additive_effects(pd.DataFrame(y, columns=list("abcd")), np.arange(30))
    np.testing.assert_allclose(found.logs - found.logs[0], effects, atol=1e-9)
    low, high = found.interval(3, 0)
    np.testing.assert_allclose([low, high], 2.0, atol=1e-9)


def test_what_shares_no_data_set_is_not_compared():
    y = pd.DataFrame([[0, 1, np.nan], [0, 1, np.nan], [np.nan, np.nan, 5]], columns=list("abc"))
    assert additive_effects(y, np.arange(3)).names == ("a", "b")


def test_intervals_hold_the_truth_as_often_as_they_say():
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        cells = np.repeat(np.arange(30), 3)
        y = np.stack([np.zeros(90), 0.5 + rng.normal(size=90) + rng.normal(size=30)[cells]], axis=1)
        found = additive_effects(pd.DataFrame(y, columns=["a", "b"]), cells, n_resamples=400)
        low, high = found.interval(found.names.index("b"), found.names.index("a"))
        held += low <= 0.5 <= high
    assert 86 <= held <= 99  # 95 % of 100; outside with a probability below 0.1 %


def study(made, noise, save, errors, **more):
    table = made(
        {k: lambda snr, t, k=k, v=v: v(snr) * noise(len(k), t, snr) for k, v in errors.items()},
        snrs=(0.5, 1.0, 2.0, 4.0), **more,
    )  # fmt: skip
    return table, lambda t: save(t)


def test_accuracy_is_the_ratio_to_the_oracle_and_references_are_not_ranked(made, noise, save):
    errors = {"oracle": lambda s: 0.1 / s, "zero": lambda s: 1.0, "em": lambda s: 0.2 / s}
    errors |= {"twin!": lambda s: 0.2 / s, "slow": lambda s: 0.4 / s}
    table, write = study(made, noise, save, errors)
    found = ranked(write(table))["accuracy"]
    em, oracle = (np.log(table[table["estimator"] == n]["error"]) for n in ("em", "oracle"))
    expected = np.exp(em.to_numpy() - oracle.to_numpy())
    assert found["em"].score == pytest.approx(np.exp(np.log(expected).mean()))
    assert found["em"].low < found["em"].score < found["em"].high
    assert [found[n].rank for n in ("em", "twin!", "slow", "oracle", "zero")] == [1, 1, 3, 0, 0]
    assert [n for n, s in found.items() if s.is_reference] == ["oracle", "zero"]
    assert list(found)[-2:] == ["oracle", "zero"]
    assert found["oracle"].score == 1


def test_a_run_without_an_estimate_counts_as_the_estimate_zero(made, noise, save):
    errors = {"oracle": lambda s: 0.1, "em": lambda s: 0.2}
    table, write = study(made, noise, save, errors)
    table.loc[table["estimator"] == "em", ["error", "status"]] = [np.nan, "crashed"]
    oracle = np.log(table[table["estimator"] == "oracle"]["error"]).mean()
    assert ranked(write(table))["accuracy"]["em"].score == pytest.approx(np.exp(-oracle))


def test_reach_is_the_lowest_snr_from_which_on_all_succeed(made, save):
    succeeds = {
        "oracle": lambda s, t: 0.1,
        "em": lambda s, t: 0.1 if s >= 2 else 0.9,
        "lucky": lambda s, t: 0.9 if s == 2 else 0.1,
        "never": lambda s, t: 0.9,
    }
    table = made(succeeds, snrs=(0.5, 1.0, 2.0, 4.0))
    found = ranked(save(table))["reach"]
    scores = {name: found[name].score for name in succeeds}
    assert scores == pytest.approx({"oracle": 1, "em": 4, "lucky": 8, "never": 16})
    assert [found[n].rank for n in ("em", "lucky", "never")] == [1, 2, 3]


def test_speed_counts_successes_alone(made, save):
    table = made({"em": lambda s, t: 0.1, "fast": lambda s, t: 0.1 if t else 0.8})
    fast = table["estimator"] == "fast"
    table["cpu_seconds"] = np.where(fast, np.where(table["trial"] == 0, 1e-6, 1.0), 3.0)
    found = ranked(save(table))["speed"]
    assert found["fast"].score == 1
    assert found["em"].score == pytest.approx(3)
    assert (found["fast"].rank, found["em"].rank) == (1, 2)


def test_who_ran_in_two_cells_has_no_rank_and_swept_options_are_no_contestants(made, save):
    errors = {"oracle": lambda s, t: 0.1, "em": lambda s, t: 0.2, "em poses=3": lambda s, t: 0.1}
    table = made(errors | {"new": lambda s, t: 0.15})
    kept = table[(table["estimator"] != "new") | (table["snr"] > 1)]
    found = ranked(save(kept))["accuracy"]
    assert (found["em"].rank, found["new"].rank) == (1, 0)
    assert np.isnan(found["new"].low)
    assert "em poses=3" not in found


def test_tracks_are_dimensions_and_spacings(made, save):
    one = made({"oracle": lambda s, t: 0.1, "em": lambda s, t: 0.2})
    other = one.assign(ndim=2, space="disc", spacing="arbitrary", sweep="b", cell="b" + one["cell"])
    folder = save(pd.concat([one, other]))
    names = [track.name for track in tracks([Results.load(folder)])]
    assert names == ["1-D, well separated", "2-D, arbitrary spacing"]


def test_a_hostile_name_stays_text_in_one_cell(made, save):
    name = "a|b`<script>alert(1)</script>\n# x"
    folder = save(made({"oracle": lambda s, t: 0.1, name: lambda s, t: 0.2}))
    page = leaderboard_page([Results.load(folder)])
    assert "<script" not in page
    assert "\n# x" not in page
    assert all(
        line.count("|") - line.count("\\|") == 5 for line in page.splitlines() if "a\\|b" in line
    )


def test_the_committed_page_is_that_of_the_published_tables():
    page = leaderboard_page(published_studies(ROOT / "results" / "published"))
    assert (ROOT / "docs" / "leaderboard.md").read_text(encoding="utf-8") == page


def test_the_command_writes_the_page_or_says_why_not(made, save, tmp_path, capsys):
    folder = save(made({"oracle": lambda s, t: 0.1, "em": lambda s, t: 0.2}))
    out = tmp_path / "board.md"
    assert main(["leaderboard", str(folder.parent), "--out", str(out)]) == 0
    assert "| 1 | em | 2 | 24 |" in out.read_text()
    capsys.readouterr()
    assert main(["leaderboard", str(tmp_path / "nowhere")]) == 2
    assert main(["leaderboard", str(folder.parent), "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 2
