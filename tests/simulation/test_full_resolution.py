"""Micrographs made at full size and downsampled: method 1 of the 3-D paper."""

import json
import tracemalloc
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from mtdbench import InputError, Measurement, Placement, make_space
from mtdbench.estimators.references.oracle import oracle
from mtdbench.evaluate.relative_error import errors
from mtdbench.model.forward import ForwardModel
from mtdbench.model.separations import least_separation
from mtdbench.simulation import Recipe, place, recipe_key, write_dataset
from mtdbench.simulation.blocks import signal_blocks
from mtdbench.simulation.fourier_slices import Slices
from mtdbench.simulation.full_resolution import coarse, downsampled, full
from mtdbench.simulation.targets.resample import fit
from mtdbench.simulation.targets.targets import full_volume
from mtdbench.spaces import Window

SIDE = 30


def blob(side: int) -> np.ndarray:
    """A smooth volume without symmetry that is next to zero at the edges."""
    grid = np.moveaxis(np.indices((side,) * 3), 0, -1) / side - (side // 2) / side
    rng, volume = np.random.default_rng(3), np.zeros((side,) * 3)
    for centre in rng.uniform(-0.08, 0.08, (6, 3)):
        distance = np.sum((grid - centre) ** 2, axis=-1)
        volume += rng.uniform(0.5, 1.5) * np.exp(-distance / (2 * 0.11**2))
    return volume


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """Copies of the blob, which is in a file."""
    np.save(tmp_path / "blob.npy", blob(SIDE))
    return Recipe(
        space="ball",
        window=10,
        size=200,
        snr=0.5,
        density=0.08,
        target=f"{tmp_path}/blob.npy",
        method="full",
        seed=4,
    )


@pytest.mark.parametrize(("length", "size"), [(60, 20), (60, 21), (63, 21), (65, 11), (40, 40)])
@pytest.mark.parametrize("rows", [1, 7, 100])
def test_downsampling_crops_the_transform_in_two_dimensions(
    length: int, size: int, rows: int
) -> None:
    image = np.random.default_rng(0).standard_normal((length, length)).astype(np.float32)
    blocks = (image[top : top + rows] for top in range(0, length, rows))
    found = downsampled(blocks, length, size, at_once=500)  # several strips of columns
    assert found.dtype == np.float32
    kept, cropped = np.fft.fftfreq(size, 1 / size).astype(int), np.fft.fft2(found)
    inside = np.abs(kept) < size / 2
    expected = np.fft.fft2(image)[np.ix_(kept, kept)] * (size / length) ** 2
    np.testing.assert_allclose(
        cropped[np.ix_(inside, inside)], expected[np.ix_(inside, inside)], atol=1e-3
    )
    assert found.mean() == pytest.approx(image.mean(), abs=1e-6)


def test_downsampled_white_noise_is_white_and_weaker_by_the_ratio_of_the_sides() -> None:
    """Why noise may be added afterwards."""
    noise = np.random.default_rng(0).standard_normal((900, 900), dtype=np.float32)
    found = downsampled([noise], 900, 300) * 3.0
    spread = 1 / np.sqrt(found.size)
    assert abs(np.mean(found**2) - 1) < 4 * np.sqrt(2) * spread + 2 / 300  # the highest frequency
    for lag in (1, 2, 5):
        assert abs(np.mean(found[:, lag:] * found[:, :-lag])) < 4 * spread + 1 / 300
        assert abs(np.mean(found[lag:] * found[:-lag])) < 4 * spread + 1 / 300


@pytest.mark.parametrize("spacing", ["well-separated", "arbitrary"])
@pytest.mark.parametrize(("side", "window"), list(product((20, 33, 40, 65), (10, 11))))
def test_places_are_the_nearest_ones_and_keep_the_distance(
    side: int, window: int, spacing: str
) -> None:
    size, large = 6 * window, Window.cube(side, 2)
    fine = size // window * side
    rng = np.random.default_rng(0)
    parts = [place(fine, large, None, spacing, rng) for _ in range(40)]
    ends = np.array(list(product((0, fine - side), repeat=2)))  # the corners of the micrograph
    corners = np.concatenate([*parts, ends])
    micrographs = np.repeat(np.arange(41), [len(part) for part in [*parts, ends]])
    poses = np.arange(len(corners))[:, None]
    found = coarse(Placement(corners, poses, micrographs), side, window, size)
    before = corners[found.poses[:, 0]]
    offset = found.corners + window // 2 - (before + side // 2) * window / side
    assert np.all((offset >= -0.5) & (offset < 0.5 + 1e-12))
    assert found.corners.min() == 0
    assert found.corners.max() == size - window
    for m in range(40):
        here = found.within(m).corners
        apart = np.abs(here[:, None] - here).max(axis=2)[np.triu_indices(len(here), 1)]
        assert apart.min() >= least_separation(Window.cube(window, 2), spacing)[0]
    assert np.array_equal(
        np.lexsort((*found.corners.T[::-1], found.micrographs)), np.arange(len(corners))
    )


@pytest.mark.parametrize(("side", "window"), [(33, 11), (40, 10)])
def test_of_a_volume_that_the_space_holds_both_methods_make_the_same(
    side: int, window: int
) -> None:
    """Up to interpolation, where the middles of the copies fall on samples."""
    space, size, ratio = make_space("ball", window), 8 * window, side // window
    x = space.expand(fit(blob(50), window))
    rng = np.random.default_rng(1)
    corners = place(size - 2, space.window, 0.1, "well-separated", rng) + 1  # off the edges
    placement = Placement(corners, space.random_poses(rng, len(corners)))
    there = (corners + window // 2) * ratio - side // 2
    expanded = next(signal_blocks(partial(space.project, x), space.window, placement, size, size))
    slices = Slices(fit(space.render(x), side) * window / side)
    high = Placement(there, placement.poses)
    blocks = signal_blocks(slices.project, Window.cube(side, 2), high, size * ratio, 50)
    found = downsampled(blocks, size * ratio, size)
    assert np.array_equal(coarse(high, side, window, size).corners, corners)
    assert np.linalg.norm(found - expanded) < 1e-2 * np.linalg.norm(expanded)


@pytest.mark.parametrize("micrographs", [1, 2])
def test_snr_is_that_of_the_downsampled_windows(
    recipe: Recipe, micrographs: int, tmp_path: Path
) -> None:
    recipe = replace(recipe, micrographs=micrographs)
    content = write_dataset(recipe, tmp_path / "noisy")
    faint = write_dataset(replace(recipe, snr=1e12), tmp_path / "clean")
    noisy, clean = (
        np.load(tmp_path / name / "measurement.npy").reshape(-1, 200, 200)
        for name in ("noisy", "clean")
    )
    told = Placement.load(tmp_path / "noisy" / "placement.npz")
    energy = [
        np.sum(np.square(clean[m, i : i + 10, j : j + 10], dtype=float))
        for m, (i, j) in zip(told.micrographs, told.corners, strict=True)
    ]
    assert len(energy) == content["copies"] == round(0.08 * micrographs * 200**2 / 10**2)
    snr = np.mean(energy) / (100 * content["sigma"] ** 2)
    assert snr == pytest.approx(0.5, rel=1e-4)
    noise = (noisy - clean) / content["sigma"]
    assert np.std(noise) == pytest.approx(1, abs=4 / np.sqrt(2 * noise.size))
    assert content["density"] == pytest.approx(0.08, abs=1e-3)
    assert (content["method"], content["full_size"]) == ("full", SIDE)
    assert faint["sigma"] == pytest.approx(content["sigma"] * np.sqrt(0.5e-12))


def test_the_truth_is_the_volume_cropped_and_the_volume_itself(
    recipe: Recipe, tmp_path: Path
) -> None:
    for side, wanted in ((SIDE, None), (45, 45)):
        write_dataset(replace(recipe, full_size=wanted), tmp_path / "data")
        truth = np.load(tmp_path / "data" / "truth.npz")
        assert truth["full"].dtype == np.float32
        np.testing.assert_allclose(truth["full"], fit(blob(SIDE), side), atol=1e-5)
        space = make_space("ball", 10)
        np.testing.assert_array_equal(truth["target"], space.render(truth["x"]))
        cropped = fit(blob(SIDE), 10)
        assert np.linalg.norm(truth["target"] - cropped) < 0.1 * np.linalg.norm(cropped)


def test_named_volumes_are_projected_at_the_size_that_is_asked_for(tmp_path: Path) -> None:
    recipe = Recipe(
        space="ball",
        window=11,
        size=110,
        snr=1.0,
        density=0.08,
        target="volume:shepp-logan",
        method="full",
        full_size=33,
    )
    assert write_dataset(recipe, tmp_path)["full_size"] == 33
    volume = np.load(tmp_path / "truth.npz")["full"]
    np.testing.assert_allclose(volume, full_volume("volume:shepp-logan", 33), atol=1e-6)


def test_whoever_knows_the_places_finds_the_truth(recipe: Recipe, tmp_path: Path) -> None:
    """In scale, orientation and position: copies lie up to half a sample off the grid."""
    content = write_dataset(replace(recipe, snr=1e4, full_size=40), tmp_path / "data")
    space = make_space("ball", 10)
    measurement = Measurement.load(tmp_path / "data" / "measurement.npy", space, content["sigma"])
    told = Placement.load(tmp_path / "data" / "placement.npz")
    truth = np.load(tmp_path / "data" / "truth.npz")["x"]
    (estimate,) = oracle(measurement, np.random.default_rng(0), placement=told)
    assert errors(space, estimate.x, truth)["error"] < 0.15
    assert np.linalg.norm(estimate.x) == pytest.approx(np.linalg.norm(truth), rel=0.1)


def test_another_full_size_is_another_data_set(recipe: Recipe) -> None:
    made = [recipe, replace(recipe, full_size=65), replace(recipe, method="expanded")]
    assert len({recipe_key(one) for one in made}) == 3
    assert recipe_key(replace(recipe, method="expanded")) == recipe_key(recipe).removesuffix(
        ":full=None"
    )


def test_it_repeats_and_leaves_no_other_files(recipe: Recipe, tmp_path: Path) -> None:
    first = write_dataset(recipe, tmp_path / "a")
    assert write_dataset(recipe, tmp_path / "b") == first
    names = ["dataset.json", "measurement.npy", "placement.npz", "truth.npz"]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == names
    assert json.loads((tmp_path / "a" / "dataset.json").read_text()) == first
    one, other = ((tmp_path / f / "measurement.npy").read_bytes() for f in "ab")
    assert one == other


def test_a_full_size_micrograph_is_never_held(recipe: Recipe, tmp_path: Path) -> None:
    tracemalloc.start()
    write_dataset(replace(recipe, size=1000, full_size=60, density=0.002), tmp_path / "data")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    whole = 4 * (1000 * 60 // 10) ** 2
    # A mask of the sites takes a byte for each sample, a block of rows 2^22 samples.
    assert peak < 0.8 * whole


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "ful"}, "method 'ful': expected one of expanded, full"),
        ({"space": "disc", "target": "picture:camera"}, "method 'full' with space 'disc'"),
        ({"size": 204}, "size 204: expected a multiple of the window 10, such as 200"),
        ({"full_size": 9}, "full_size 9: expected a whole number, 10 or larger"),
        ({"full_size": 30.5}, "full_size 30.5"),
        ({"method": "expanded", "full_size": 30}, "full_size 30: expected method 'full'"),
        ({"target": "random"}, "method 'full' with target 'random'"),
    ],
)
def test_bad_values_are_named_in_one_line(
    recipe: Recipe, change: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        replace(recipe, **change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("volume", "message"),
    [
        (np.zeros((20, 20, 20)), "is zero"),
        (np.ones((9, 9, 9)), "has 9 voxels along an axis: expected at least the window, 10"),
    ],
)
def test_a_volume_that_cannot_be_used_leaves_no_files(
    recipe: Recipe, volume: np.ndarray, message: str, tmp_path: Path
) -> None:
    np.save(tmp_path / "blob.npy", volume)
    with pytest.raises(InputError, match=message) as caught:
        write_dataset(recipe, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_source_of_the_volume_is_asked_for_the_side(recipe: Recipe, tmp_path: Path) -> None:
    """As volumes given by a formula are made at the side that is wanted."""
    forward, recipe = ForwardModel(make_space("ball", 10)), replace(recipe, full_size=45)

    def source(target: str, side: int | None) -> np.ndarray:
        assert target == recipe.target
        return blob(side or SIDE)

    truth = full(recipe, forward, tmp_path, source).truth
    np.testing.assert_allclose(truth["full"], blob(45), atol=1e-5)
    with pytest.raises(InputError, match="has no full size"):
        full(recipe, forward, tmp_path, lambda target, side: None)
