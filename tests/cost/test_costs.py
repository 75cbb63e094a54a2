"""What a study will take: sums, proportions, fallbacks, limits, and laws fitted to tables."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtdbench.cli import main
from mtdbench.cost.calibrate import calibrated, read_finished
from mtdbench.cost.costs import (
    DEFAULTS,
    Calibration,
    batch_cost,
    read_calibration,
    run_seconds,
    simulation_cost,
    study_costs,
    total,
    unmeasured,
)
from mtdbench.cost.operation_counts import sites, work, workload
from mtdbench.cost.pipeline_timings import measure_steps
from mtdbench.cost.power_law import Law, constant, fitted
from mtdbench.errors import InputError
from mtdbench.study import Plan, Study, make_plan
from mtdbench.study.cells import blocks

PUBLISHED = sorted((Path(__file__).parents[2] / "results" / "published").glob("*/table.parquet"))
SIZES = (1000, 3000, 10000, 30000, 100000)


def planned(**changes: Any) -> Plan:
    sweep = {"name": "line", "space": "line", "window": 10, "size": [1000, 30000], "snr": [1, 5]}
    sweep |= {"density": 0.2, "trials": 6, **changes.pop("sweep", {})}
    names = changes.pop("names", ("zero", "oracle", "em", "autocorrelation", "characteristic"))
    content = {"name": "made", "batch": 3, "sweeps": [sweep], **changes}
    return make_plan(Study.model_validate({"estimators": [{"name": n} for n in names], **content}))


@pytest.fixture(scope="module")
def shipped() -> Calibration:
    return read_calibration()


def test_the_package_brings_a_calibration(shipped: Calibration) -> None:
    assert {"processor", "date", "commit", "studies"} <= shipped.provenance.keys()
    for method in ("oracle", "em", "autocorrelation", "characteristic", "cryogan"):
        assert shipped.law("seconds", method, "disc").rows > 0
    for quantity in DEFAULTS:
        assert shipped.laws[quantity]


def test_totals_add_up(shipped: Calibration) -> None:
    plan = planned()
    entries = study_costs(plan, shipped)
    whole = total(entries)
    assert whole.runs == plan.runs
    assert whole.cpu_seconds == pytest.approx(sum(e.cost.cpu_seconds for e in entries))
    assert whole.memory_mib == max(e.cost.memory_mib for e in entries)
    batches = [batch_cost(plan.study, batch, shipped) for batch in plan.batches]
    steps = sum(e.cost.cpu_seconds for e in entries if e.what.startswith("("))
    assert whole.cpu_seconds == pytest.approx(steps + sum(b.cpu_seconds for b in batches))
    samples = 2 * 6 * (1000 + 30000)
    assert 4 * samples < whole.disk < 6 * samples + 2e6


def test_hours_are_shared_by_cores_down_to_the_longest_job(shipped: Calibration) -> None:
    whole = total(study_costs(planned(), shipped))
    assert whole.hours(1) == pytest.approx(whole.cpu_seconds / 3600)
    assert whole.hours(2) == pytest.approx(whole.cpu_seconds / 7200)
    assert whole.hours(10**6) == pytest.approx(whole.longest / 3600)


def test_more_trials_cost_in_proportion(shipped: Calibration) -> None:
    few, many = (planned(sweep={"trials": trials}) for trials in (6, 24))
    ours, theirs = (
        {(e.sweep, e.what): e.cost for e in study_costs(plan, shipped)} for plan in (few, many)
    )
    for key, cost in ours.items():
        if key[1] not in ("(scoring)", "(table, figures, report)"):  # one process for all trials
            assert theirs[key].cpu_seconds == pytest.approx(4 * cost.cpu_seconds)
            assert theirs[key].disk == pytest.approx(4 * cost.disk)


def test_an_unknown_method_gets_the_default_and_the_limit() -> None:
    unknown = Calibration({}, {})
    plan = planned(names=("no-such-method",), limits={"seconds": 1000})
    rough = batch_cost(plan.study, plan.batches[0], unknown)
    assert rough.cpu_seconds > 3 * DEFAULTS["seconds"](1)
    for limits in ({"seconds": 7}, {"seconds": 100, "budget_seconds": 7}):
        short = planned(names=("no-such-method",), limits=limits)
        less = batch_cost(short.study, short.batches[0], unknown)
        saved = rough.cpu_seconds - less.cpu_seconds
        assert saved == pytest.approx(3 * (DEFAULTS["seconds"](1) - 7))


def test_a_plan_names_the_methods_whose_time_is_guessed() -> None:
    plan, space = planned(names=("em", "no-such-method")), planned().cells[0].space
    assert unmeasured(plan, Calibration({}, {})) == ["em", "no-such-method"]
    for name in ("em", f"em/{space}"):
        known = Calibration({}, {"seconds": {name: constant(1)}})
        assert unmeasured(plan, known) == ["no-such-method"]


def test_a_space_without_a_law_takes_that_of_all() -> None:
    laws = {"seconds": {"em/line": constant(1), "em": constant(2)}}
    one = Calibration({}, laws)
    asked = [("em", "line"), ("em", "disc"), ("zero", "line")]
    values = [one.law("seconds", what, space)(1) for what, space in asked]
    assert values == pytest.approx([1, 2, DEFAULTS["seconds"](1)])


@pytest.mark.parametrize("method", ["em", "autocorrelation", "characteristic", "cryogan", "oracle"])
@pytest.mark.parametrize("space", ["line", "disc", "ball"])
def test_work_grows_with_the_measurement(method: str, space: str) -> None:
    plan = planned(names=(method,), sweep={"space": space, "window": 7, "size": [200, 2000]})
    small, large = (b for b in plan.batches if b.block.trials[0] == 0 and b.block.cell.snr == 1)
    assert work(small.block.cell, small.run) <= work(large.block.cell, large.run)
    halved = work(large.block.cell, replace(large.run, half=1))
    assert halved <= work(large.block.cell, large.run)
    assert workload(large.block.cell, 1).samples == workload(large.block.cell).samples / 2


@pytest.mark.parametrize(
    ("method", "option", "values"),
    [
        ("em", "n_init", (2, 8)),
        ("em", "n_grids", (1, 4)),
        ("em", "likelihood", ("patches", "exact")),
        ("em", "likelihood", ("patches", "micrographs")),
        ("autocorrelation", "n_init", (1, 10)),
        ("characteristic", "frequencies", (100, 600)),
        ("cryogan", "steps", (300, 3000)),
        ("cryogan", "batch", (512, 8192)),
    ],
)
def test_work_grows_with_what_an_option_asks_for(
    method: str, option: str, values: tuple[object, object]
) -> None:
    batch = planned(names=(method,)).batches[0]
    less, more = (
        work(batch.block.cell, replace(batch.run, options={option: value})) for value in values
    )
    assert less < more


def test_separations_cost_what_two_copies_in_a_patch_do() -> None:
    """EM with arbitrary spacing has L (L - 1) / 2 views more, and converges more slowly."""
    apart, near = (
        planned(names=("em",), sweep={"spacing": spacing}).batches[0]
        for spacing in ("well-separated", "arbitrary")
    )
    sizes = [workload(batch.block.cell) for batch in (apart, near)]
    assert sizes[1].overlap_count - sizes[0].overlap_count == 10 * 9 // 2
    once = [work(b.block.cell, replace(b.run, options={"iterations": 1})) for b in (apart, near)]
    more = [work(b.block.cell, b.run) for b in (apart, near)]
    assert once[0] < once[1] < more[1]
    assert more[0] - once[0] < more[1] - once[1]


@pytest.mark.parametrize("poses", [1, 2, 16, 32])
def test_few_poses_share_little(poses: int) -> None:
    """A pass of EM with one pose takes more than a sixteenth of one with sixteen."""
    sweep = {"space": "disc", "window": 5, "size": 3000}
    batch = planned(names=("em",), sweep=sweep).batches[0]
    one, some = (
        work(
            batch.block.cell, replace(batch.run, options={"poses": n, "stopping_rule": "published"})
        )
        for n in (1, poses)
    )
    assert one <= some <= one * poses
    assert (some < one * poses) == (poses > 1)


def test_each_named_figure_is_drawn_twice(shipped: Calibration) -> None:
    """With all others for the report, and by itself by a process of its own."""
    figure = {"title": "T", "sweeps": ["line"], "caption": "C."}
    plans = [
        planned(figures=[{"name": f"one-{i}", **figure} for i in range(count)])
        for count in (0, 1, 2)
    ]
    costs = [study_costs(plan, shipped)[-1].cost.cpu_seconds for plan in plans]
    process, drawn = (shipped.law(what, "any", "") for what in ("process", "report"))
    assert costs[0] == pytest.approx(3 * process(1) + drawn(1))
    assert costs[2] == pytest.approx(5 * process(1) + 2 * drawn(1) + drawn(3))
    assert costs[0] < costs[1] < costs[2]


@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda path: path.parent.name)
def test_runs_are_foreseen_within_a_factor_of_two(folder: Path, shipped: Calibration) -> None:
    """CPU seconds of all runs of a published study, foreseen and as its table has them."""
    study = read_finished(folder)
    limits = study.plan.study.limits
    foreseen = sum(
        len(batch.block.trials) * run_seconds(batch.block.cell, batch.run, limits, shipped)
        for batch in study.plan.batches
    )
    assert 0.5 < foreseen / study.table["cpu_seconds"].sum() < 2


def test_steps_are_measured() -> None:
    """Simulation, bounds, errors, and a process of a verb and of a run."""
    laws = measure_steps([], sizes=(("line", 5, 3000), ("ball", 5, 40))).laws
    assert laws["process"].keys() == {"any", "estimate"}
    assert laws["simulation"].keys() == {"simulate/line", "simulate/ball"}
    assert laws["bound"].keys() == {"score/line"}  # too few patches for one of the volume
    assert laws["errors"].keys() == {"score/line", "score/ball"}
    assert all(law(1) > 0 for some in laws.values() for law in some.values())


def test_a_run_that_starts_from_another_costs_both(shipped: Calibration) -> None:
    estimators = [
        {"name": "em", "label": "em-1", "options": {"n_init": 1}},
        {"name": "em", "label": "em-ac", "options": {"init": "autocorrelation"}},
        {"name": "autocorrelation"},
    ]
    plan = planned(estimators=estimators)
    cell, limits = plan.cells[0], plan.study.limits
    runs = {batch.run.label: batch.run for batch in plan.batches}
    one, both, other = (
        run_seconds(cell, runs[label], limits, shipped)
        for label in ("em-1", "em-ac", "autocorrelation")
    )
    assert both == pytest.approx(one + other)


def test_a_simulation_asks_for_the_mask_of_its_places(shipped: Calibration) -> None:
    """A byte for each sample at the size that is projected: of one micrograph, not of all."""
    volume = {"space": "ball", "window": 11, "size": 1100, "micrographs": 4, "snr": [1]}
    asked = []
    for method in ({}, {"method": "full", "full_size": 110, "target": "volume:c4"}):
        plan = planned(sweep=volume | method, names=("zero",))
        (cell,) = plan.cells
        block, *_ = blocks(plan.study, cell)
        assert sites(cell) == (11000**2 if method else 1100**2)
        asked.append(simulation_cost(block, shipped).memory_mib)
    assert asked[1] - asked[0] == pytest.approx((11000**2 - 1100**2) / 2**20, abs=1)


def test_a_simulation_asks_for_its_copies_twice(shipped: Calibration) -> None:
    """Places in two dimensions, an angle, a micrograph: 32 bytes to a copy."""
    asked = []
    for micrographs in (1, 201):
        sweep = {"space": "disc", "window": 5, "size": 1000, "snr": [1], "density": 0.1}
        plan = planned(sweep=sweep | {"micrographs": micrographs}, names=("zero",))
        block, *_ = blocks(plan.study, plan.cells[0])
        asked.append(simulation_cost(block, shipped).memory_mib)
    assert asked[1] - asked[0] == pytest.approx(200 * 4000 * 2 * 32 / 2**20, abs=1)


def test_a_fit_recovers_a_law_and_is_not_led_astray() -> None:
    x = np.geomspace(1e3, 1e9, 30)
    y = 3e-6 * x**0.7
    law = fitted(x, y, expected=1.0)
    assert law.exponent == pytest.approx(0.7, abs=0.01)
    assert law(1e6) == pytest.approx(3e-6 * 1e6**0.7, rel=0.02)
    y[::10] *= 50
    assert fitted(x, y, expected=1.0).exponent == pytest.approx(0.7, abs=0.03)
    same = fitted(np.full(5, 1e4), np.full(5, 2.0), expected=1.0)
    assert same.exponent == pytest.approx(1, abs=1e-3)  # nothing tells another
    assert same(2e4) == pytest.approx(4, rel=1e-2)


@pytest.fixture
def finished(tmp_path: Path) -> Callable[[float], Path]:
    """Writes the table of a study whose runs took 1e-7 work^exponent seconds."""

    def write(exponent: float) -> Path:
        plan = planned(names=("oracle", "cryogan"), sweep={"size": list(SIZES)})
        rows = [
            {
                "cell": batch.block.cell.id,
                "estimator": batch.run.label,
                "trial": trial,
                "status": "ok",
                "cpu_seconds": 1e-7 * work(batch.block.cell, batch.run) ** exponent,
                "setup_seconds": 3.0 if trial == batch.block.trials[0] else 0.25,
                "peak_rss_mib": 300.0,
            }
            for batch in plan.batches
            for trial in batch.block.trials
        ]
        rows[0] |= {"status": "crashed", "cpu_seconds": 1e9}
        pd.DataFrame(rows).to_parquet(tmp_path / "table.parquet")
        study = {"study": plan.study.model_dump(mode="json"), "provenance": {"cpu": "made up"}}
        (tmp_path / "study.json").write_text(json.dumps(study))
        return tmp_path / "table.parquet"

    return write


def test_a_calibration_recovers_what_made_the_table(
    finished: Callable[[float], Path], tmp_path: Path
) -> None:
    steps = Calibration({"steps": "here"}, {"process": {"any": constant(2.5)}, "seconds": {}})
    found = calibrated([read_finished(finished(0.8))], steps)
    found.write(tmp_path / "calibration.json")
    again = read_calibration(tmp_path / "calibration.json")
    assert again == found
    assert again.provenance["processor"] == ["made up"]
    assert again.provenance["steps"] == "here"
    for what in ("oracle", "oracle/line"):
        law = again.laws["seconds"][what]
        assert law.exponent == pytest.approx(0.8, abs=0.02)
        assert law(1e5) == pytest.approx(1e-7 * 1e5**0.8, rel=0.02)
    assert again.law("setup", "oracle", "line")(1) == pytest.approx(3)
    assert again.law("next setup", "oracle", "line")(1) == pytest.approx(0.25)
    assert again.law("memory", "cryogan", "disc")(1e6) == pytest.approx(300)
    assert again.law("process", "any", "")(7) == pytest.approx(2.5)
    plan = planned(names=("oracle",))
    seconds = batch_cost(plan.study, plan.batches[0], again).cpu_seconds
    runs = 1e-7 * work(plan.batches[0].block.cell, plan.batches[0].run) ** 0.8
    assert seconds == pytest.approx(2.5 + 3 + 2 * 0.25 + 3 * runs, rel=1e-3)


@pytest.mark.parametrize("broken", ["no table", "no study", "text", "columns"])
def test_bad_tables(finished: Callable[[float], Path], broken: str) -> None:
    path = finished(1.0)
    if broken == "no table":
        path = path.with_name("tabel.parquet")
    elif broken == "no study":
        path.with_name("study.json").unlink()
    elif broken == "text":
        path.write_text("no table")
    else:
        pd.DataFrame({"cell": ["a"]}).to_parquet(path)
    with pytest.raises(InputError, match="expected") as caught:
        read_finished(path)
    assert "\n" not in str(caught.value)


def test_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = planned(names=("zero", "oracle"))
    (tmp_path / "made.yaml").write_text(json.dumps(plan.study.model_dump(mode="json")))
    assert main(["plan", str(tmp_path / "made.yaml"), "--cores", "4"]) == 0
    said = capsys.readouterr().out
    assert "48 runs" in said
    assert "hours on 4 free cores" in said
    assert [line.split()[0] for line in said.splitlines()[1:4]] == ["line"] * 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to plan: expected a study file or --calibrate TABLE"),
        (["none.yaml"], "cannot read study 'none.yaml'"),
        (["none.yaml", "--cores", "0"], "cores 0: expected at least 1"),
        (["--calibrate", "none.parquet"], "no finished study at 'none.parquet'"),
        (["{}", "--calibration", "none.json"], "no calibration in 'none.json'"),
        (["{}", "--calibration", "{}"], "no calibration in"),
    ],
)
def test_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    study = tmp_path / "made.yaml"
    study.write_text(json.dumps(planned(names=("zero",)).study.model_dump(mode="json")))
    assert main(["plan", *(a.format(study) for a in arguments)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_laws_below_one_unit_of_work_are_flat() -> None:
    assert Law(0.0, 1.0, 0)(1e-3) == 1.0
