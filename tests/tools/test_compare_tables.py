"""Two revisions compared: what differs is found, what is renamed is not."""

import json
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

TOOLS = Path(__file__).parents[2] / "tools"
differences = runpy.run_path(str(TOOLS / "compare_tables.py"))["differences"]
CUTS = runpy.run_path(str(TOOLS / "one_dataset.py"))
one_dataset, with_steps = CUTS["one_dataset"], CUTS["with_steps"]


SNAPSHOTS = {2: 0.9, 5: 0.5, 1: 0.4, 3: 0.3}
"""The error by iteration of a run that counts anew in its second phase."""


def results(folder: Path, snapshots: dict[int, float] = SNAPSHOTS, **changes: object) -> Path:
    """The results of a made-up study with two runs, with these snapshots and changed columns."""
    rows = {
        "cell": ["a", "a"],
        "trial": [0, 0],
        "estimator": ["em starts=2", "cryogan"],
        "options": ['{"poses":8,"starts":2}', "{}"],
        "error": [0.25, np.nan],
        "cpu_seconds": [1.0, 2.0],
    }
    table = pd.DataFrame(rows).assign(**changes)
    (folder / "figures").mkdir(parents=True)
    (folder / "estimates" / "a" / "0").mkdir(parents=True)
    table.to_parquet(folder / "table.parquet")
    history = table.loc[[0] * len(snapshots), ["cell", "trial", "estimator"]]
    history["iteration"], history["error"] = list(snapshots), list(snapshots.values())
    history.to_parquet(folder / "history.parquet")
    np.save(folder / "estimates" / "a" / "0" / "em.npy", table["error"].to_numpy()[:1])
    (folder / "figures" / "figures.json").write_text(json.dumps([{"name": "error"}]))
    return folder


def test_equal_results_are_equal_whatever_they_took(tmp_path: Path) -> None:
    old, new = results(tmp_path / "old"), results(tmp_path / "new", cpu_seconds=9.0)
    assert list(differences(old, new, [], {})) == []


def test_the_last_bit_is_found(tmp_path: Path) -> None:
    error = [np.nextafter(0.25, 1), np.nan]
    old, new = results(tmp_path / "old"), results(tmp_path / "new", error=error)
    found = list(differences(old, new, [], {}))
    assert any("error of a, 0, em starts=2" in line for line in found)
    assert any("em.npy differs" in line for line in found)


def test_histories_are_compared_where_both_have_a_snapshot(tmp_path: Path) -> None:
    old = results(tmp_path / "old")
    fewer = results(tmp_path / "fewer", {2: 0.9, 4: 0.6, 3: 0.3})
    assert list(differences(old, fewer, [], {})) == []
    changed = results(tmp_path / "changed", {**SNAPSHOTS, 3: np.nextafter(0.3, 1)})
    (line,) = differences(old, changed, [], {})
    assert line.startswith("history, error of a, 0, em")


def test_renamed_options_are_the_same(tmp_path: Path) -> None:
    renamed = {"estimator": ["em n_init=2", "cryogan"], "options": ['{"n_init":2,"poses":8}', "{}"]}
    old, new = results(tmp_path / "old"), results(tmp_path / "new", **renamed)
    assert list(differences(old, new, [], {"starts": "n_init"})) == []
    assert list(differences(old, new, [], {}))


def test_an_estimator_may_be_left_out(tmp_path: Path) -> None:
    old, new = results(tmp_path / "old"), results(tmp_path / "new", error=[0.25, 0.5])
    assert list(differences(old, new, [], {}))
    assert list(differences(old, new, ["cryogan"], {})) == []


@pytest.mark.parametrize("name", ["quick", "paper-2d"])
def test_a_study_is_cut_to_one_data_set_of_each_sweep(name: str) -> None:
    content = yaml.safe_load((TOOLS.parent / "config" / f"{name}.yaml").read_text())
    cut = one_dataset(content, [])
    assert cut["name"] == f"one-{name}"
    assert all(sweep["trials"] == 1 for sweep in cut["sweeps"])
    axes = ("window", "size", "snr", "density")
    assert not any(isinstance(sweep[axis], list) for sweep in cut["sweeps"] for axis in axes)
    name = cut["sweeps"][0]["name"]
    assert len(one_dataset(content, [name])["sweeps"]) == 1
    assert one_dataset(content, [f"{name}=77"])["sweeps"][0]["size"] == 77


def test_the_budget_of_cryogan_may_be_cut() -> None:
    content = yaml.safe_load((TOOLS.parent / "config" / "losses.yaml").read_text())
    lines = with_steps(content, 7)["estimators"]
    assert {line["options"]["steps"] for line in lines if line["name"] == "cryogan"} == {7}
    assert [line["name"] for line in lines] == [line["name"] for line in content["estimators"]]
