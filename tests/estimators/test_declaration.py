"""What an estimator declares is read alike of built-in ones and of plugins."""

from dataclasses import replace

import pytest

from mtdbench.cost.costs import Calibration, run_seconds, study_costs
from mtdbench.cost.operation_counts import borrowed, run_options, work, workload
from mtdbench.cost.power_law import Law
from mtdbench.estimators import registry
from mtdbench.estimators.declaration import Declaration, declaration_of, declare, is_reference
from mtdbench.study import Plan, Study, make_plan

pytestmark = pytest.mark.usefixtures("plugins")


def planned(*names: str) -> Plan:
    sweep = {"name": "line", "space": "line", "window": 10, "size": 3000, "snr": 1, "density": 0.2}
    estimators = [{"name": name} for name in names]
    content = {"name": "made", "sweeps": [sweep], "estimators": estimators}
    return make_plan(Study.model_validate(content))


def test_a_declaration_leaves_the_estimator_as_it_is() -> None:
    def plain(measurement, rng, *, steps=3):
        yield measurement

    assert declaration_of(plain) == Declaration()
    assert declare(is_reference=True)(plain) is plain
    assert declaration_of(plain) == Declaration(is_reference=True)
    with pytest.raises(AttributeError):
        declaration_of(plain).is_reference = False


def test_who_is_told_anything_is_a_reference_unless_it_says_otherwise() -> None:
    def told(measurement, rng, *, truth):
        yield truth

    def untold(measurement, rng):
        yield measurement

    assert is_reference(told)
    assert not is_reference(untold)
    assert not is_reference(declare(is_reference=False)(told))
    assert is_reference(declare(is_reference=True)(untold))


def test_references_are_told_by_the_registry() -> None:
    found = {name for name in registry.names() if registry.declared(name).is_reference}
    assert found == {"zero", "oracle", "matched-filter", "declares"}


@pytest.mark.parametrize("name", ["no_import", "no-such-method"])
def test_what_cannot_be_loaded_declares_nothing(name: str) -> None:
    assert registry.declared(name) == Declaration(is_reference=False)
    (batch,) = planned(name).batches
    assert work(batch.block.cell, batch.run) == 3000


def test_the_cost_that_a_plugin_declares_is_planned() -> None:
    """From its options and their defaults, by the laws that are fitted to its runs."""
    plan = planned("declares", "good")
    batch, other = plan.batches
    cell, run = batch.block.cell, batch.run
    assert work(cell, run) == 3 * workload(cell).patches == 3 * 300
    assert work(other.block.cell, other.run) == workload(cell).samples
    law = {"declares": Law(0.0, 1.0, 1), "good": Law(0.0, 1.0, 1)}
    calibration = Calibration({}, {"seconds": law})
    limits = plan.study.limits.model_copy(update={"seconds": 1e9})
    assert run_seconds(cell, run, limits, calibration) == pytest.approx(900)
    assert "declares" in {entry.what for entry in study_costs(plan, calibration)}


def test_a_finished_study_may_have_options_by_their_old_names() -> None:
    (batch,) = planned("em").batches
    old, new = (
        replace(batch.run, options={name: value}) for name, value in (("starts", 2), ("n_init", 2))
    )
    assert run_options(old) == run_options(new)
    assert work(batch.block.cell, old) == work(batch.block.cell, new)
    assert borrowed(replace(batch.run, options={"start": "oracle"})) == "oracle"
