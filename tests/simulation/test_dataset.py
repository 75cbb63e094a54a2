"""Datasets on disk: complete, repeatable, with the SNR that they claim."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.model.measurement import Measurement
from mtdbench.model.placed_copies import Placement
from mtdbench.simulation import Dataset, Recipe, make_dataset, write_dataset
from mtdbench.simulation.blocks import noise_rows, signal_blocks
from mtdbench.spaces import make_space

DISC = Recipe(space="disc", window=5, size=120, snr=2.0, density=0.04, seed=1)
LINE = Recipe(space="line", window=10, size=5000, snr=0.5, density=0.3, target="asd1")
CLASSES = Recipe(space="line", window=6, basis="classes:3", size=5000, snr=0.5, density=0.3)


def signal(recipe: Recipe, folder: Path) -> np.ndarray:
    """The noise-free measurement, made again from the files."""
    space = make_space(recipe.space, recipe.window, recipe.basis)
    truth = np.load(folder / "truth.npz")
    placement = Placement.load(folder / "placement.npz")
    project, size = partial(space.project, truth["x"]), recipe.size
    micrographs = [
        next(signal_blocks(project, space.window, placement.within(m), size, size))
        for m in range(recipe.micrographs)
    ]
    return np.stack(micrographs).reshape(recipe.shape)


@pytest.mark.parametrize("recipe", [DISC, LINE, CLASSES])
def test_files_are_complete_and_agree(recipe: Recipe, tmp_path: Path) -> None:
    content = write_dataset(recipe, tmp_path / "a" / "0")
    folder = tmp_path / "a" / "0"
    names = ["dataset.json", "measurement.npy", "placement.npz", "truth.npz"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert json.loads((folder / "dataset.json").read_text()) == content
    space = make_space(recipe.space, recipe.window, recipe.basis)
    y = Measurement.load(folder / "measurement.npy", space, content["sigma"]).samples
    assert y.dtype == np.float32
    assert y.shape == (recipe.size,) * space.window.ndim
    placement, truth = Placement.load(folder / "placement.npz"), np.load(folder / "truth.npz")
    assert placement.corners.dtype == np.int64
    assert placement.poses.dtype == np.float64
    assert len(placement.corners) == len(placement.poses) == content["copies"]
    share = recipe.window**y.ndim / recipe.size**y.ndim
    assert content["density"] == pytest.approx(content["copies"] * share)
    assert content["density"] == pytest.approx(recipe.density, abs=share)
    np.testing.assert_array_equal(truth["target"], space.render(truth["x"]))


@pytest.mark.parametrize("recipe", [DISC, LINE, CLASSES])
def test_snr_is_that_of_what_is_really_placed(recipe: Recipe, tmp_path: Path) -> None:
    content = write_dataset(recipe, tmp_path)
    clean = signal(recipe, tmp_path).astype(float)
    samples = content["copies"] * recipe.window**clean.ndim
    assert np.sum(clean**2) / samples / content["sigma"] ** 2 == pytest.approx(recipe.snr)
    noise = np.load(tmp_path / "measurement.npy") - clean
    assert np.std(noise) == pytest.approx(content["sigma"], rel=4 / np.sqrt(2 * noise.size))


def test_runs_repeat_and_seeds_and_trials_differ(tmp_path: Path) -> None:
    first = write_dataset(DISC, tmp_path / "first")
    assert write_dataset(DISC, tmp_path / "again") == first
    for name in ("measurement.npy", "dataset.json"):
        again = (tmp_path / "again" / name).read_bytes()
        assert again == (tmp_path / "first" / name).read_bytes()
    for change in ({"seed": 2}, {"trial": 1}):
        write_dataset(replace(DISC, **change), tmp_path / "other")
        for name in ("truth.npz", "placement.npz"):
            one, other = np.load(tmp_path / "first" / name), np.load(tmp_path / "other" / name)
            assert not np.array_equal(one[one.files[0]], other[other.files[0]])


def test_runs_that_vary_in_snr_share_all_but_the_scale_of_the_noise(tmp_path: Path) -> None:
    scaled = []
    for snr in (0.5, 8.0):
        recipe, folder = replace(DISC, snr=snr), tmp_path / str(snr)
        sigma = write_dataset(recipe, folder)["sigma"]
        scaled.append((np.load(folder / "measurement.npy") - signal(recipe, folder)) / sigma)
    np.testing.assert_allclose(scaled[0], scaled[1], atol=1e-5)
    for name in ("truth.npz", "placement.npz"):
        one, other = (np.load(tmp_path / snr / name) for snr in ("0.5", "8.0"))
        for array in one.files:
            np.testing.assert_array_equal(one[array], other[array])


def test_no_two_purposes_share_a_stream(tmp_path: Path, streams: list[tuple[int, ...]]) -> None:
    recipe = replace(DISC, size=1500)
    write_dataset(recipe, tmp_path)
    blocks = -(-recipe.size // noise_rows(recipe.size, 2))
    assert blocks == 3
    assert len(set(streams)) == len(streams) == 3 + blocks


def test_saturation_records_what_was_reached(tmp_path: Path) -> None:
    content = write_dataset(replace(DISC, density=None), tmp_path)
    assert content["density_requested"] is None
    assert 0.15 < content["density"] < 0.25
    wished = write_dataset(replace(DISC, density=0.9), tmp_path / "wished")
    assert wished["density_requested"] == 0.9
    assert 0.15 < wished["density"] < 0.25


def test_an_interrupted_rewrite_does_not_pass_for_complete(tmp_path: Path) -> None:
    write_dataset(DISC, tmp_path)
    (tmp_path / "placement.npz").unlink()
    (tmp_path / "placement.npz").mkdir()  # no file takes its place
    with pytest.raises(OSError, match=r"placement\.npz"):
        write_dataset(replace(DISC, trial=1), tmp_path)
    assert not (tmp_path / "dataset.json").exists()


def test_a_target_that_cannot_be_used_leaves_no_files(tmp_path: Path) -> None:
    np.save(tmp_path / "signal.npy", np.ones(3))
    recipe = replace(LINE, target=f"{tmp_path}/signal.npy")
    with pytest.raises(InputError, match="has 3 samples"):
        write_dataset(recipe, tmp_path / "out")
    assert not (tmp_path / "out").exists()


VOLUME = Recipe(
    space="ball",
    window=7,
    basis="degree:2",
    target="volume:c4",
    size=70,
    snr=2.0,
    density=0.1,
    method="full",
    full_size=14,
)


@pytest.mark.parametrize("recipe", [LINE, DISC, replace(DISC, micrographs=3), VOLUME])
def test_in_memory_it_is_what_is_written(recipe: Recipe, tmp_path: Path) -> None:
    facts = write_dataset(recipe, tmp_path)
    made, read = make_dataset(recipe), Dataset.load(tmp_path)
    assert made.facts == read.facts == facts
    assert made.measurement.samples.dtype == np.float32
    assert (made.space, made.measurement.sigma) == (read.space, read.measurement.sigma)
    np.testing.assert_array_equal(made.measurement.samples, read.measurement.samples)
    np.testing.assert_array_equal(made.truth, read.truth)
    for name in ("corners", "poses", "micrographs"):
        np.testing.assert_array_equal(getattr(made.placement, name), getattr(read.placement, name))


def test_a_folder_without_a_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read a data set from"):
        Dataset.load(tmp_path)
    (tmp_path / "dataset.json").write_text('{"space": "line"}')
    with pytest.raises(InputError, match="'window'"):
        Dataset.load(tmp_path)
