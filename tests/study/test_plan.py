import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mtdbench.errors import InputError
from mtdbench.study import Plan, make_plan, parse_study
from mtdbench.study.cells import blocks
from mtdbench.study.names import data_name, drawing_name, scores_name, study_name

SWEEP = {"name": "a", "space": "line", "window": 5, "size": 100, "snr": 1, "density": 0.2}
BATCH, DATA = "a-L5-N100-snr1-d0.2/zero-0-2-eb80cd2068", "7754596687"
ROWS = "e8bcf91195"  # under the columns of `rows_of`
FIGURE = {"name": "f", "title": "F", "sweeps": ["a"]}


def plan(estimators: list | None = None, **sweep: object) -> Plan:
    return make(sweeps=[{**SWEEP, **sweep}], estimators=estimators or [{"name": "zero"}])


def make(**content: object) -> Plan:
    whole = {"name": "s", "sweeps": [SWEEP], "estimators": [{"name": "zero"}], **content}
    return make_plan(parse_study(yaml.safe_dump(whole)))


def test_a_sweep_is_the_grid_over_its_lists() -> None:
    grid = plan(window=[4, 5], size=[100, 200], snr=[1, 2, 3], density=[0.1, "saturation"])
    assert len({(c.window, c.size, c.snr, c.density) for c in grid.cells}) == 2 * 2 * 3 * 2


def test_cells_are_named_by_what_they_are() -> None:
    cells = plan(snr=[0.5, 10], density=[0.3, "saturation"], size=1_000_000).cells
    assert [cell.id for cell in cells] == [
        "a-L5-N1000000-snr0.5-d0.3",
        "a-L5-N1000000-snr0.5-dsat",
        "a-L5-N1000000-snr10-d0.3",
        "a-L5-N1000000-snr10-dsat",
    ]


def test_lists_among_the_options_are_a_grid_and_show_in_the_label() -> None:
    options = {"poses": [4, 8], "prior": "free", "batch_fraction": [0.5, 1.0]}
    runs = [b.run for b in plan([{"name": "em", "label": "EM", "options": options}]).batches]
    assert [run.label for run in runs] == [
        *("EM batch_fraction=0.5 poses=4", "EM batch_fraction=0.5 poses=8"),
        *("EM batch_fraction=1 poses=4", "EM batch_fraction=1 poses=8"),
    ]
    assert runs[1].options == {"poses": 8, "prior": "free", "batch_fraction": 0.5}
    assert runs[1].options_text == '{"batch_fraction":0.5,"poses":8,"prior":"free"}'


@given(trials=st.integers(1, 20), size=st.integers(1, 8))
def test_the_jobs_of_a_cell_share_out_its_trials(trials: int, size: int) -> None:
    study = make(sweeps=[{**SWEEP, "trials": trials}], batch=size).study
    shares = [block.trials for block in blocks(study, make_plan(study).cells[0])]
    assert sum(shares, ()) == tuple(range(trials))
    assert all(len(share) <= size for share in shares)


def test_names_depend_neither_on_order_nor_on_other_cells() -> None:
    both = [{"name": "zero"}, {"name": "em", "options": {"poses": 4}}]
    alone = plan(both, snr=1)
    among = make(
        sweeps=[{**SWEEP, "name": "b"}, {**SWEEP, "snr": [3, 2, 1]}], estimators=both[::-1]
    )
    assert {b.id for b in alone.batches} < {b.id for b in among.batches}
    (block,) = alone.blocks
    assert data_name(alone.study, block) == data_name(among.study, among.block(
        block.cell.id, block.name))  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"sweeps": [{**SWEEP, "target": "asd1"}]},
        {"sweeps": [{**SWEEP, "sigma_known": False}]},
        {"sweeps": [{**SWEEP, "micrographs": 2}]},
        {"sweeps": [{**SWEEP, "method": "full"}]},
        {"sweeps": [{**SWEEP, "full_size": 65}]},
        {"estimators": [{"name": "zero", "options": {"k": 1}}]},
        {"estimators": [{"name": "em", "label": "zero"}]},
        {"limits": {"budget_seconds": 5}},
        {"threads": 2},
        {"seed": 9},
    ],
)
def test_what_changes_a_result_changes_the_name_of_its_batch(change: dict) -> None:
    assert make().batches[0].id != make(**change).batches[0].id


def test_ranks_change_those_runs_alone_that_share_their_work() -> None:
    both = [{"name": "zero"}, {"name": "em"}]
    one, two = make(estimators=both), make(estimators=both, ranks=2, threads=1)
    assert [batch.run.ranks for batch in two.batches] == [1, 2]
    changed = [b.id != a.id for a, b in zip(one.batches, two.batches, strict=True)]
    assert changed == [False, True]
    assert make(estimators=both, ranks=1).batches == one.batches
    assert [two.cores([batch]) for batch in two.batches] == [1, 2]


@pytest.mark.parametrize("name", ["seconds", "setup_seconds", "memory_mib"])
def test_a_limit_from_outside_is_no_part_of_what_a_batch_is(name: str) -> None:
    """Its records say which limits they were made under."""
    assert make().batches[0].id == make(limits={name: 5}).batches[0].id


def test_a_sweep_may_set_options_of_its_own() -> None:
    special = {**SWEEP, "name": "b", "options": {"em": {"poses": [2, 3]}}}
    plan = make(sweeps=[SWEEP, special], estimators=[{"name": "em", "options": {"poses": 8}}])
    found = [(batch.block.cell.sweep, batch.run.options["poses"]) for batch in plan.batches]
    assert found == [("a", 8), ("b", 2), ("b", 3)]
    with pytest.raises(InputError, match="did you mean 'em'"):
        make(sweeps=[{**SWEEP, "options": {"emm": {}}}], estimators=[{"name": "em"}])


def test_a_study_may_run_some_estimators_in_some_sweeps_only() -> None:
    swept = {"name": "em", "options": {"poses": [2, 3]}}
    chosen = {**SWEEP, "estimators": ["em"]}
    runs = make(sweeps=[chosen], estimators=[{"name": "zero"}, swept]).batches
    assert [batch.run.label for batch in runs] == ["em poses=2", "em poses=3"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"sweeps": [SWEEP, SWEEP]}, "sweep 'a' occurs twice"),
        ({"sweeps": [{**SWEEP, "snr": [1, 1]}]}, "occurs twice"),
        ({"estimators": [{"name": "em"}, {"name": "em"}]}, "label 'em' occurs twice"),
        ({"sweeps": [{**SWEEP, "estimators": ["zro"]}]}, "did you mean 'zero'?"),
        ({"estimators": [{"name": "em", "options": {"k": []}}]}, "at least one value"),
        ({"figures": [FIGURE, FIGURE]}, "figure 'f' occurs twice"),
        ({"figures": [{**FIGURE, "sweeps": ["aa"]}]}, "did you mean 'a'?"),
    ],
)
def test_ambiguous_studies_are_refused(content: dict, words: str) -> None:
    with pytest.raises(InputError, match=words.replace("?", r"\?")):
        make(**content)


def test_a_misspelt_batch_is_answered_with_the_nearest() -> None:
    whole = make()
    name = whole.batches[0].id
    with pytest.raises(InputError, match="did you mean"):
        whole.batch(name[:-1])
    assert whole.batch(name) == whole.batches[0]


def rows_of(plan: Plan, columns: str = "some") -> str:
    """The name of the rows of a plan's first cell."""
    return scores_name(plan, plan.cells[0].id, columns)


def test_tables_are_made_anew_when_rows_change() -> None:
    assert rows_of(make()) != rows_of(make(estimators=[{"name": "zero", "label": "nil"}]))
    assert rows_of(make()) == rows_of(make())
    assert rows_of(make()) != rows_of(make(), columns="others")
    assert study_name(make()) == study_name(make())
    assert study_name(make()) != study_name(make(batch=2))


def test_images_are_files_of_a_data_set_and_change_no_result() -> None:
    sweep = {**SWEEP, "space": "disc"}
    plain, with_images = make(sweeps=[sweep]), make(sweeps=[{**sweep, "mrc": True}])
    names = [data_name(plan.study, plan.blocks[0]) for plan in (plain, with_images)]
    assert names[0] != names[1]
    assert plain.batches[0].id == with_images.batches[0].id


def test_keys_at_their_usual_value_leave_the_names_as_they_were() -> None:
    """Results that are there already are not computed again."""
    usual = make(sweeps=[{**SWEEP, "micrographs": 1, "mrc": False, "method": "expanded"}])
    assert usual.batches[0].id == make().batches[0].id == BATCH
    assert data_name(usual.study, usual.blocks[0]) == DATA
    assert rows_of(usual) == ROWS


def test_picking_makes_other_rows_of_the_same_data_and_runs() -> None:
    picked = make(sweeps=[{**SWEEP, "picking": True}])
    assert picked.batches[0].id == BATCH
    assert data_name(picked.study, picked.blocks[0]) == DATA
    assert rows_of(picked) != ROWS


def test_bounds_make_other_rows_of_the_same_data_and_runs() -> None:
    without = make(sweeps=[{**SWEEP, "bound": False}])
    assert without.batches[0].id == BATCH
    assert data_name(without.study, without.blocks[0]) == DATA
    assert rows_of(without) != ROWS


def test_a_figure_is_known_by_its_name_and_needs_its_sweeps_alone() -> None:
    whole = make(sweeps=[SWEEP, {**SWEEP, "name": "b"}], figures=[FIGURE])
    assert [cell.sweep for cell in whole.cells_of(whole.drawing("f"))] == ["a"]
    part = make(
        sweeps=[{**SWEEP, "snr": [1, 2], "size": [100, 200]}],
        figures=[{**FIGURE, "only": {"size": [200]}}],
    )
    shown = part.cells_of(part.drawing("f"))
    assert [(cell.size, cell.snr) for cell in shown] == [(200, 1), (200, 2)]
    other = make(figures=[{**FIGURE, "caption": "c"}])
    assert drawing_name(whole, "f") != drawing_name(other, "f")
    assert rows_of(whole) == rows_of(other)
    with pytest.raises(InputError, match="unknown figure"):
        whole.drawing("g")


def test_an_estimator_may_run_on_each_half_too() -> None:
    estimators = [{"name": "em", "options": {"poses": [4, 8]}, "halves": True}]
    halved, usual = plan(estimators), plan([{**estimators[0], "halves": False}])
    labels = ["em poses=4", "em poses=4 half 1", "em poses=4 half 2"]
    runs = {batch.run.label: batch.run for batch in halved.batches}
    assert [label for label in runs if "poses=4" in label] == labels
    assert [runs[label].half for label in labels] == [0, 1, 2]
    assert {batch.id for batch in usual.batches} < {batch.id for batch in halved.batches}
