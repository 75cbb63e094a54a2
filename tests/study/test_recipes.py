import json
from pathlib import Path

import pytest
import yaml

from mtdbench.errors import InputError
from mtdbench.study import parse_study
from mtdbench.study.block_simulation import simulate_block
from mtdbench.study.cells import Block
from mtdbench.study.plan import make_plan
from mtdbench.study.recipes import checked_plan, estimator_seed, weight
from mtdbench.study.schema import Study

SWEEP = {"name": "a", "space": "line", "window": 5, "size": 100, "snr": 1, "density": 0.2}


def study(estimators: list | None = None, **sweep: object) -> Study:
    content = {"name": "s", "sweeps": [{**SWEEP, **sweep}]}
    return parse_study(yaml.safe_dump({**content, "estimators": estimators or [{"name": "zero"}]}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"snr": -1}, "snr -1"),
        ({"density": 1.5}, "density 1.5"),
        ({"window": 200}, "window 200"),
        ({"space": "dics"}, "did you mean 'disc'"),
        ({"target": "file:none.npy"}, "none.npy"),
        ({"spacing": "loose"}, "spacing 'loose'"),
        ({"estimators": None, "basis": "fancy"}, "fancy"),
    ],
)
def test_cells_that_cannot_be_simulated_are_named(change: dict, words: str) -> None:
    with pytest.raises(InputError, match="sweep 'a'") as caught:
        checked_plan(study(**change))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ({"name": "godd"}, "did you mean 'good'"),
        ({"name": "good", "options": {"step": 1}}, "did you mean 'steps'"),
        ({"name": "good", "options": {"steps": "many"}}, "'many'"),
        ({"name": "good", "options": {"steps": [1, "many"]}}, "'many'"),
    ],
)
@pytest.mark.usefixtures("plugins")
def test_estimators_and_options_that_do_not_exist_are_named(method: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        checked_plan(study([method]))


@pytest.mark.usefixtures("plugins")
def test_an_estimator_that_cannot_be_imported_does_not_stop_a_study() -> None:
    assert checked_plan(study([{"name": "no_import", "options": {"any": 1}}])).runs == 3


def test_estimators_get_a_seed_that_depends_on_the_data_and_the_trial_alone() -> None:
    some, more = study(snr=[1]), study([{"name": "em"}], snr=[5, 1], size=[50, 100])
    (cell,) = make_plan(some).cells
    again = make_plan(more).cell(cell.id)
    seeds = [estimator_seed(some, cell, trial) for trial in range(3)]
    assert seeds == [estimator_seed(more, again, trial) for trial in range(3)]
    assert len(set(seeds)) == 3


def test_a_data_set_that_cannot_be_made_is_listed_with_the_reason(tmp_path: Path) -> None:
    def fail(*_: object) -> dict:
        raise MemoryError("no room\nleft")

    plan = make_plan(study(trials=2))
    out = tmp_path / "listed.json"
    simulate_block(plan.study, plan.blocks[0], tmp_path, out)
    listed = json.loads(out.read_text())["datasets"]
    assert [listed[trial]["trial"] for trial in ("0", "1")] == [0, 1]

    simulate_block(plan.study, Block(plan.cells[0], (1,)), tmp_path, out, make=fail)
    listed = json.loads(out.read_text())["datasets"]
    assert listed == {"1": {"error": "MemoryError: no room left"}}
    assert not (tmp_path / "data" / plan.cells[0].id / "1" / "dataset.json").exists()


def test_larger_cells_are_started_first() -> None:
    signals = make_plan(study(size=[1000, 100, 10000])).cells
    images = make_plan(study(space="disc", size=1000)).cells
    weights = [weight(cell) for cell in (*signals, *images)]
    assert sorted(weights) == [weights[1], weights[0], weights[2], weights[3]]
    (four,) = make_plan(study(size=1000, micrographs=4)).cells
    assert weight(four) == 4 * weights[0]
