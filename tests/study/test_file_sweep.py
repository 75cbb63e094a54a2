"""Sweeps whose measurement lies in files: what a study may say of them, and what is planned."""

from typing import Any

import pytest
import yaml

from mtdbench.errors import InputError
from mtdbench.study import Plan, make_plan, parse_study
from mtdbench.study.file_measurement import FileMeasurement
from mtdbench.study.recipes import checked_plan, estimator_seed

SIMULATED = {"name": "a", "space": "line", "window": 5, "size": 100, "snr": 1, "density": 0.2}
FILES = {
    "name": "real", "measurement": "file:${data}/*.mrc", "space": "disc",
    "diameter": 130, "pixel_size": 3.3,
}  # fmt: skip


def plan(*sweeps: dict[str, Any], estimators: list[dict[str, Any]] | None = None) -> Plan:
    whole = {"name": "s", "sweeps": sweeps, "estimators": estimators or [{"name": "zero"}]}
    return checked_plan(parse_study(yaml.safe_dump(whole)))


def test_a_sweep_of_files_is_one_cell_beside_those_of_others() -> None:
    both = plan(SIMULATED, FILES)
    simulated, real = both.cells
    assert (simulated.is_from_files, real.is_from_files) == (False, True)
    assert real.id == "real-L21"
    assert {b.id for b in plan(SIMULATED).batches} < {b.id for b in both.batches}


def test_diameter_and_samples_decide_window_binning_and_level() -> None:
    (cell,) = plan(FILES).cells
    given = FileMeasurement.of(cell)
    assert given.across == pytest.approx(130 / (3 * 3.3))
    settings = given.settings
    assert settings is not None
    assert (settings.bin_factor, settings.diameter, settings.level) == (3, 130, "mean")
    wider = FileMeasurement.of(plan({**FILES, "preparation": {"bin_factor": 2}}).cells[0])
    assert wider.across == pytest.approx(130 / (2 * 3.3))


def test_an_estimator_that_centres_images_is_told_the_diameter_unless_the_study_says_one() -> None:
    em = [{"name": "em", "options": {"poses": 4}}, {"name": "zero"}]
    first, last = (batch.run for batch in plan(FILES, estimators=em).batches)
    assert first.options == {"poses": 4, "diameter": pytest.approx(130 / 9.9)}
    assert last.options == {}
    own = plan({**FILES, "options": {"em": {"diameter": 9}}}, estimators=em).batches[0].run
    assert own.options["diameter"] == 9


def test_names_change_with_what_the_measurement_is_and_not_with_where_a_variable_leads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [batch.id for batch in plan(FILES).batches]
    monkeypatch.setenv("MTDBENCH_DATA", "/elsewhere")
    assert names == [batch.id for batch in plan(FILES).batches]
    for change in ({"marks": "file:m.csv"}, {"preparation": {"degree": 1}}, {"micrographs": 2}):
        assert names != [batch.id for batch in plan({**FILES, **change}).batches]


def test_trials_are_seeds_of_the_estimators() -> None:
    several = plan({**FILES, "trials": 3})
    seeds = {estimator_seed(several.study, several.cells[0], trial) for trial in range(3)}
    assert len(seeds) == 3


def test_the_reduced_scale_takes_fewer_micrographs() -> None:
    reduced = {"micrographs": 2, "options": {"zero": {}}}
    whole = parse_study(yaml.safe_dump({
        "name": "s", "sweeps": [{**FILES, "reduced": reduced}], "estimators": [{"name": "zero"}],
    }))  # fmt: skip
    assert whole.has_reduced
    (cell,) = make_plan(whole.reduced()).cells
    assert FileMeasurement.of(cell).micrographs == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measurement": "data/*.mrc"}, r"sweeps\[0\].measurement = 'data"),
        ({"snr": 1}, r"unknown key in study, sweeps\[0\] 'snr': .*valid are basis, ctf, diameter"),
        ({"marcs": "file:x"}, "did you mean 'marks'"),
        ({"reduced": {"size": 5}}, r"sweeps\[0\].reduced 'size': .*micrographs"),
        ({"pixel_size": None}, "diameter without pixel_size"),
        ({"diameter": None}, "expected a window, or diameter and pixel_size"),
        ({"window": 5, "preparation": {"bin_factor": 3}}, "expected a larger one"),
        ({"space": "plate"}, "sweep 'real': unknown space 'plate'"),
        ({"spacing": "wide"}, "sweep 'real': spacing 'wide'"),
        ({"preparation": {"bin": 2}}, "unknown setting of the preparation 'bin'"),
        ({"preparation": {"sign": "grey"}}, "sign of the contrast 'grey'"),
        ({"preparation": {"degree": [1, 2]}}, "preparation"),
        ({"preparation": "none", "reference": "marks"}, "reference: marks, and no marks"),
    ],
)
def test_mistakes_are_one_line(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan({**FILES, **change})


def test_mistakes_in_other_sweeps_name_the_keys_of_those() -> None:
    with pytest.raises(InputError, match=r"sweeps\[1\] 'marks': .*valid are basis, bound"):
        plan(FILES, {**SIMULATED, "marks": "file:x"})
    with pytest.raises(InputError, match=r"'sweeps\[1\].size' is missing"):
        plan(FILES, {k: v for k, v in SIMULATED.items() if k != "size"})
