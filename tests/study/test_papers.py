"""Studies with figures, the papers' too: both scales run, without a network, with all figures."""

from pathlib import Path

import pytest

from mtdbench.simulation.targets.fallback import alternatives
from mtdbench.study.recipes import checked_plan
from mtdbench.study.schema import Study, load_study

STUDIES = [
    study
    for path in sorted((Path(__file__).parents[2] / "config").glob("*.yaml"))
    for study in [load_study(path)[0]]
    if study.figures
]


@pytest.fixture(params=STUDIES, ids=lambda study: study.name)
def study(request: pytest.FixtureRequest) -> Study:
    return request.param


def test_the_reduced_scale_has_every_figure_and_fewer_data(study: Study) -> None:
    assert study.has_reduced or not study.name.startswith("paper-")
    if not study.has_reduced:
        return
    reduced = study.reduced()
    assert [figure.name for figure in reduced.figures] == [figure.name for figure in study.figures]
    sizes = [
        sum(c.trials * c.micrographs * c.size for c in checked_plan(s).cells)
        for s in (study, reduced)
    ]
    assert sizes[1] < sizes[0]


def test_figures_are_about_what_their_sweeps_run(study: Study) -> None:
    for scale in (study, study.reduced()) if study.has_reduced else (study,):
        plan = checked_plan(scale)
        for figure in scale.figures:
            cells = plan.cells_of(figure)
            run = {batch.run.label for cell in cells for batch in plan.batches_of(cell.id)}
            shown = set(figure.estimators or run)
            assert shown & run, figure.name
            assert shown <= run or scale is not study, figure.name
            if figure.kind in ("picking", "projections"):
                assert len({cell.snr for cell in cells}) > 1, figure.name
            if figure.kind == "picking":
                assert all(cell.picking for cell in cells), figure.name
            if figure.kind in ("fsc", "half-set", "surfaces"):
                assert all(cell.space == "ball" for cell in cells), figure.name


def test_volumes_of_the_data_banks_have_a_stand_in(study: Study) -> None:
    for sweep in study.sweeps:
        assert not alternatives(sweep.target)[-1].startswith(("emdb:", "pdb:")), sweep.name
