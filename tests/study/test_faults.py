"""Faults and remedies in a study: cells, names, columns, and what estimators are given."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtdbench.errors import InputError
from mtdbench.evaluate.dataset_bounds import bounds
from mtdbench.figures.layout.panels import FAULT_NAMES, varied
from mtdbench.files import read_facts
from mtdbench.model.instrument import read_forward_model
from mtdbench.results.columns import TABLE
from mtdbench.simulation.faults import NEUTRAL, Faults
from mtdbench.spaces import make_space
from mtdbench.study.block_simulation import simulate_block
from mtdbench.study.names import data_name
from mtdbench.study.plan import make_plan
from mtdbench.study.recipes import checked_plan, estimator_seed, recipe
from mtdbench.study.schema import Study, parse_study

TEXT = """
name: spoilt
sweeps:
  - {{name: s, space: {space}, window: 5, size: {size}, snr: 2, density: 0.1, trials: 1, {more}}}
estimators: [{{name: oracle}}]
"""


def study(more: str = "", space: str = "line", size: int = 2000) -> Study:
    return parse_study(TEXT.format(more=more, space=space, size=size))


def simulated(tmp_path: Path, given: Study) -> Path:
    """The folder of the only data set."""
    plan = checked_plan(given)
    simulate_block(given, plan.blocks[0], tmp_path, tmp_path / "listed.json")
    return tmp_path / "data" / plan.cells[0].id / "0"


def test_each_value_of_a_fault_is_a_cell() -> None:
    given = study("faults: {colour: [0, 0.5], sigma_factor: 2}")
    cells = make_plan(given).cells
    ending = [cell.id.partition("-d0.1-")[2] for cell in cells]
    assert ending == ["colour0-sigma_factor2", "colour0.5-sigma_factor2"]
    assert recipe(given, cells[1], 0).faults == Faults(colour=0.5, sigma_factor=2)
    seeds = {estimator_seed(given, cell, 0) for cell in cells}
    assert len(seeds) == 1  # they differ by the fault alone


def test_what_has_no_fault_keeps_its_names() -> None:
    plain, none = study(), study("faults: {colour: 0, gradient: 0}")
    names = {data_name(s, make_plan(s).blocks[0]) for s in (plain, none)}
    assert len(names) == 1
    fingerprints = {make_plan(s).batches[0].id.rpartition("-")[2] for s in (plain, none)}
    assert len(fingerprints) == 1
    others = (study("faults: {colour: 0.1}"), study("remedies: [whiten]"))
    assert len({data_name(s, make_plan(s).blocks[0]) for s in others} | names) == 3


@pytest.mark.parametrize("space", ["line", "disc"])
def test_whitened_noise_is_white_and_the_estimator_knows_how(space: str, tmp_path: Path) -> None:
    size = {"line": 20_000, "disc": 150}[space]
    given = study("faults: {colour: 0.6}, remedies: [whiten]", space, size)
    folder = simulated(tmp_path, given)
    y = np.load(folder / "measurement.npy")
    forward = read_forward_model(folder / "measurement.npy", make_space(space, 5))
    assert forward.features == {"filter"}
    # Copies behind the kernel taken away, white noise of the sigma that is told is left.
    told, x = np.load(folder / "placement.npz"), np.load(folder / "truth.npz")["x"]
    clean = np.zeros(np.add(y.shape, 2))
    images = forward.support.reshape(forward.project(x, told["poses"]))
    for corner, image in zip(told["corners"], images, strict=True):
        clean[tuple(map(slice, corner, corner + image.shape))] += image
    rest = y - clean[(slice(1, -1),) * y.ndim]
    sigma = read_facts(folder / "dataset.json")["sigma"]
    assert rest.std() == pytest.approx(sigma, rel=0.03)
    assert abs(np.mean(rest[1:] * rest[:-1])) < 0.03 * sigma**2


@pytest.mark.parametrize("space", ["line", "disc"])
def test_a_gradient_is_found_and_taken_off(space: str, tmp_path: Path) -> None:
    size = {"line": 5000, "disc": 150}[space]
    slopes = {}
    for name, more in {
        "spoilt": "faults: {gradient: 5}",
        "flattened": "faults: {gradient: 5}, remedies: [flatten]",
    }.items():
        folder = simulated(tmp_path / name, study(more, space, size))
        y = np.load(folder / "measurement.npy")
        assert y.shape == (size,) * y.ndim
        places = np.indices(y.shape).reshape(y.ndim, -1).T - (size - 1) / 2
        slope = np.linalg.lstsq(places, y.ravel() - y.mean(), rcond=None)[0]
        sigma = read_facts(folder / "dataset.json")["sigma"]
        slopes[name] = np.linalg.norm(slope) * (size - 1) / sigma
    assert slopes["spoilt"] == pytest.approx(5, abs=0.4)
    assert slopes["flattened"] < 0.4


@pytest.mark.parametrize(("space", "micrographs"), [("line", 1), ("line", 3), ("disc", 2)])
def test_who_is_told_the_optics_has_the_same_data(
    space: str, micrographs: int, tmp_path: Path
) -> None:
    size = {"line": 3000, "disc": 100}[space]
    blurred = f"micrographs: {micrographs}, faults: {{defocus: 12000}}"
    told = f"{blurred}, remedies: [tell-optics]"
    ignored, known = (
        simulated(tmp_path / str(k), study(more, space, size))
        for k, more in enumerate((blurred, told))
    )
    for name in ("measurement.npy", "placement.npz", "truth.npz"):
        assert (ignored / name).read_bytes() == (known / name).read_bytes()
    facts = [read_facts(folder / "dataset.json") for folder in (ignored, known)]
    assert facts[0]["sigma"] == facts[1]["sigma"]
    made = make_space(space, 5)
    assert not read_forward_model(ignored / "measurement.npy", made).features
    forward = read_forward_model(known / "measurement.npy", made)
    assert len(forward.filters) == micrographs
    # What is told is what is there: less the copies, noise of the sigma that is told is left.
    y, m = np.load(known / "measurement.npy").astype(float), forward.margin
    y = y.reshape(micrographs, *y.shape[-made.window.ndim :])
    edge = ((0, 0), *[(m, m)] * (y.ndim - 1))
    clean = np.pad(np.zeros_like(y), edge)
    placed, x = np.load(known / "placement.npz"), np.load(known / "truth.npz")["x"]
    number = placed["micrographs"] if micrographs > 1 else np.zeros(len(placed["poses"]), int)
    for k, corner, pose in zip(number, placed["corners"], placed["poses"], strict=True):
        image = forward.support.reshape(forward.project(x, pose[None], int(k)))[0]
        clean[(k, *map(slice, corner, corner + image.shape))] += image
    rest = np.pad(y, edge) - clean
    inside = (slice(None), *[slice(m, -m)] * (y.ndim - 1))
    assert rest[inside].std() == pytest.approx(facts[0]["sigma"], rel=0.03)
    assert y.std() > 1.05 * facts[0]["sigma"]


def test_telling_optics_that_are_not_there_tells_nothing(tmp_path: Path) -> None:
    folder = simulated(tmp_path, study("remedies: [tell-optics]"))
    assert not (folder / "instrument.json").exists()


def test_remedies_that_are_about_something_else_tell_no_optics(tmp_path: Path) -> None:
    given = study("faults: {defocus: 12000, gradient: 2}, remedies: [flatten]")
    assert not (simulated(tmp_path, given) / "instrument.json").exists()


def test_colour_is_whitened_behind_the_optics_that_are_told(tmp_path: Path) -> None:
    given = study("faults: {defocus: 12000, colour: 0.5}, remedies: [whiten, tell-optics]")
    forward = read_forward_model(
        simulated(tmp_path, given) / "measurement.npy", make_space("line", 5)
    )
    optics = study("faults: {defocus: 12000}, remedies: [tell-optics]")
    alone = read_forward_model(
        simulated(tmp_path / "alone", optics) / "measurement.npy", make_space("line", 5)
    )
    wanted = np.convolve(alone.filters[0].kernel, [0, 1, -0.5]) / np.sqrt(0.75)
    np.testing.assert_allclose(forward.filters[0].kernel, wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("faults: {colour: 1}", "sweep 's': fault colour = 1.0: expected"),
        ("faults: {color: 0.5}", "color"),
        ("remedies: [bleach]", "bleach"),
        ("remedies: [whiten, whiten]", "remedies whiten, whiten: expected each once"),
        ("remedies: [whiten], instrument: {background: 1}", "remedy 'whiten' with an instrument"),
        ("faults: {defocus: 9e5}", "sweep 's': fault defocus = 900000.0: expected angstrom"),
        (
            "faults: {defocus: 9000}, instrument: {groups: [0]}",
            "fault defocus with groups in the instrument",
        ),
        ("mrc: true, remedies: [flatten]", "remedies with mrc"),
    ],
)
def test_bad_faults_and_remedies_are_one_line(more: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        checked_plan(study(more, "disc", 100))
    assert "\n" not in str(caught.value)


def test_faults_are_columns_and_axes() -> None:
    names = {column.name for column in TABLE}
    assert NEUTRAL.keys() == FAULT_NAMES.keys()
    assert names.issuperset(NEUTRAL)
    rows = pd.DataFrame({name: ["a", "a"] for name in ("sweep", "space")})
    rows = rows.assign(window=5, size=9, snr=1.0, target_density=0.1)
    assert varied(rows) == []
    assert varied(rows.assign(colour=[0, 0.5], gradient=0.0)) == ["colour"]


def test_a_measurement_with_faults_has_no_bound(tmp_path: Path) -> None:
    given = study("faults: {amplitudes: 0.5}")
    folder = simulated(tmp_path, given)
    cell = make_plan(given).cells[0]
    assert bounds(given, cell, 0, folder, read_facts(folder / "dataset.json")) == {}
