"""The data set that is made of files: prepared samples, marks in them, and when it stands."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtdbench.model.measurement import Measurement
from mtdbench.simulation import Dataset
from mtdbench.spaces import make_space
from mtdbench.study import Plan
from mtdbench.study.block_simulation import simulate_block
from mtdbench.study.listing import dataset_folder, listing_file, read_listing, why_missing
from mtdbench.study.prepared_dataset import write_file_dataset

MakePlan = Callable[..., Plan]


def test_samples_are_prepared_and_marks_lie_at_the_copies(
    plan: MakePlan, dataset: Dataset, tmp_path: Path
) -> None:
    facts = write_file_dataset(plan().cells[0], tmp_path)
    samples = np.load(tmp_path / "measurement.npy")
    assert samples.shape == dataset.measurement.samples.shape
    given = dataset.measurement.samples
    assert np.corrcoef(samples.ravel(), given.ravel())[0, 1] > 0.999
    assert abs(np.median(samples)) < 1
    assert (facts["size"], facts["micrographs"], facts["sigma"]) == (60, 2, None)
    with np.load(tmp_path / "marks.npz") as marks:
        centres = dataset.placement.corners + 3
        found = np.column_stack([marks["micrographs"], marks["places"]])
        true = np.column_stack([dataset.placement.micrographs, centres])
        assert sorted(map(tuple, found)) == sorted(map(tuple, true))
    reference = np.load(tmp_path / "reference.npy")
    copies = [
        samples[(m, *(slice(c, c + 7) for c in corner))]
        for m, corner in zip(dataset.placement.micrographs, dataset.placement.corners, strict=True)
    ]
    assert np.allclose(reference, np.mean(copies, axis=0), atol=1e-4)


def test_the_mask_of_a_preparation_is_that_of_the_measurement(
    plan: MakePlan, folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "in")
    hot = np.load(tmp_path / "in" / "a.npy")
    hot[30, 20] += 1e4
    np.save(tmp_path / "in" / "a.npy", hot)
    cell = plan(measurement=f"file:{tmp_path}/in/*.npy").cells[0]
    write_file_dataset(cell, tmp_path)
    space = make_space(cell.space, cell.window, cell.basis)
    measured = Measurement.load(tmp_path / "measurement.npy", space).forward.measured
    assert measured is not None
    assert not measured[0, 30, 20]
    assert measured[0, 30, 25]
    assert measured[1].all()


def test_binned_samples_have_marks_of_their_own(
    plan: MakePlan, folder: Path, tmp_path: Path
) -> None:
    changes = {"preparation": {"bin_factor": 2, "sign": "light", "contamination": False}}
    write_file_dataset(plan(**changes).cells[0], tmp_path)
    table = pd.read_csv(folder / "a.csv")
    with np.load(tmp_path / "marks.npz") as marks:
        places = marks["places"][marks["micrographs"] == 0]
    assert np.allclose(2 * places + 0.5, table[["y", "x"]].to_numpy())
    assert np.load(tmp_path / "measurement.npy").shape == (2, 30, 30)


def test_transfer_functions_are_those_of_the_micrographs_that_are_taken(
    plan: MakePlan, tmp_path: Path
) -> None:
    star = tmp_path / "ctf.star"
    star.write_text(
        "data_\nloop_\n_rlnMicrographName\n_rlnVoltage\n_rlnSphericalAberration\n"
        "_rlnAmplitudeContrast\n_rlnDefocusU\n_rlnDefocusV\n_rlnDefocusAngle\n"
        "b.npy 300 2.7 0.1 20000 20000 0\na.npy 300 2.7 0.1 10000 10000 0\n"
    )
    cell = plan(ctf=f"file:{star}", pixel_size=3.0).cells[0]
    space = make_space(cell.space, cell.window, cell.basis)
    for count, defoci in ((None, [1e4, 2e4]), (1, [1e4])):
        cell = plan(ctf=f"file:{star}", pixel_size=3.0, micrographs=count).cells[0]
        write_file_dataset(cell, tmp_path / f"{count}")
        forward = Measurement.load(tmp_path / f"{count}" / "measurement.npy", space).forward
        assert forward.margin > 0
        parts = json.loads((tmp_path / f"{count}" / "instrument.json").read_text())
        groups = [parts["ctf"]["groups"][group] for group in parts["groups"]]
        assert [group["defocus_u"] for group in groups] == defoci


def test_only_the_first_micrographs_are_taken(plan: MakePlan, tmp_path: Path) -> None:
    facts = write_file_dataset(plan(micrographs=1, preparation="none").cells[0], tmp_path)
    assert facts["names"] == ["a.npy"]
    assert np.load(tmp_path / "measurement.npy").mean() > 90  # not prepared


def test_a_data_set_stands_as_long_as_its_files_are_the_same_or_gone(
    plan: MakePlan, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder, tmp_path / "in")
    monkeypatch.setenv("MTDBENCH_DATA", str(tmp_path / "in"))
    named = {"measurement": "file:${data}/*.npy", "marks": "file:${data}/*.csv"}
    planned, results = plan(**named), tmp_path / "results"
    study, (block,) = planned.study, planned.blocks
    simulate_block(study, block, results, listing_file(results, block))
    first = read_listing(study, block, results)["data"]

    with (tmp_path / "in" / "a.csv").open("a") as table:
        table.write("1,2,3\n")
    assert read_listing(study, block, results) == {}
    simulate_block(study, block, results, listing_file(results, block))
    assert read_listing(study, block, results)["data"] != first

    shutil.rmtree(tmp_path / "in")
    assert read_listing(study, block, results)
    (dataset_folder(results, block.cell, 0) / "marks.npz").unlink()
    assert read_listing(study, block, results) == {}


def test_files_that_are_missing_are_said_in_a_line_and_looked_for_again(
    plan: MakePlan, tmp_path: Path
) -> None:
    planned = plan(measurement="file:/nowhere/*.mrc")
    study, (block,) = planned.study, planned.blocks
    simulate_block(study, block, tmp_path, listing_file(tmp_path, block))
    reason, lost = why_missing(tmp_path, block, 0)
    assert "there is no '/nowhere'" in reason
    assert lost
    assert read_listing(study, block, tmp_path) == {}
