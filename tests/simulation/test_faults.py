"""Faults of the simulator: what each does to a measurement, and that it does nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from scipy.signal import convolve

from mtdbench.errors import InputError
from mtdbench.model.basis_projector import BasisProjector
from mtdbench.model.placed_copies import Placement
from mtdbench.optics import TransferFunction
from mtdbench.optics.point_spread import point_spreads
from mtdbench.simulation import Recipe, make_dataset, recipe_key, write_dataset
from mtdbench.simulation.dataset import Dataset
from mtdbench.simulation.defocus import defocused
from mtdbench.simulation.faults import NEUTRAL, Faults, named_faults
from mtdbench.simulation.noise import correlated, whitening_kernel
from mtdbench.spaces import Space, make_space
from mtdbench.study.keys import Fault

RECIPES = [
    Recipe(space="line", window=6, size=3000, snr=2.0, density=0.2),
    Recipe(space="line", window=5, basis="classes:2", size=600, snr=2.0, density=0.2),
    Recipe(space="disc", window=5, size=60, snr=2.0, density=0.1, micrographs=2),
    Recipe(space="ball", window=7, basis="degree:2", size=60, snr=2.0, density=0.1),
]
EVERY = Faults(
    gradient=2.0, colour=0.5, fractions=1.0, amplitudes=0.4, sigma_factor=1.5, defocus=12000.0
)


@pytest.fixture(params=RECIPES, ids=lambda r: f"{r.space}-{r.basis}")
def recipe(request: pytest.FixtureRequest) -> Recipe:
    return request.param


def space_of(recipe: Recipe) -> Space:
    return make_space(recipe.space, recipe.window, recipe.basis)


def clean(recipe: Recipe, data: Dataset) -> np.ndarray:
    """What the copies show, one by one, shape (M,) + (N,) * d."""
    space, told = space_of(recipe), data.placement
    projector, m = BasisProjector(space), space.move_margin
    fractions = np.zeros(told.corners.shape) if told.fractions is None else told.fractions
    poses = np.concatenate([told.poses, fractions], axis=1)
    images = projector.window.reshape(projector.project(data.truth, poses))
    scales = np.ones(len(poses)) if told.amplitudes is None else told.amplitudes
    kernels = kernels_of(recipe)
    m += max(kernel.shape[0] // 2 for kernel in kernels)
    y = np.zeros((recipe.micrographs,) + (recipe.size + 2 * m,) * space.window.ndim)
    for number, corner, image, a in zip(
        told.micrographs, told.corners, images, scales, strict=True
    ):
        first = corner + m - space.move_margin
        y[(number, *map(slice, first, first + image.shape))] += a * image
    y = np.stack([convolve(part, kernels[k], mode="same") for k, part in enumerate(y)])
    return y[(slice(None), *(slice(m, m + recipe.size),) * space.window.ndim)]


def kernels_of(recipe: Recipe) -> list[np.ndarray]:
    """What each micrograph is convolved with."""
    ndim, count = space_of(recipe).window.ndim, recipe.micrographs
    if not recipe.faults.defocus:
        return [np.ones((1,) * ndim)] * count
    factors = {1: [1.0], 2: [0.8, 1.2]}[count]
    functions = [
        TransferFunction(
            voltage=300,
            spherical_aberration=2.7,
            amplitude_contrast=0.1,
            defocus_u=factor * recipe.faults.defocus,
        )
        for factor in factors
    ]
    return point_spreads(functions, ndim, pixel_size=10.0)


def noise_of(recipe: Recipe, data: Dataset) -> np.ndarray:
    y = data.measurement.stack - clean(recipe, data)
    return y / data.facts["sigma"]


@pytest.mark.parametrize(
    "faults", [Faults(fractions=1), Faults(amplitudes=0.5), Faults(defocus=12000), EVERY]
)
def test_the_same_places_poses_and_white_noise_lie_beneath(recipe: Recipe, faults: Faults) -> None:
    with_faults = replace(recipe, faults=faults)
    plain, spoilt = make_dataset(recipe), make_dataset(with_faults)
    assert np.array_equal(plain.truth, spoilt.truth)
    for name in ("corners", "poses", "micrographs"):
        assert np.array_equal(getattr(plain.placement, name), getattr(spoilt.placement, name))
    assert recipe_key(recipe) == recipe_key(with_faults)
    if not (faults.gradient or faults.colour):
        np.testing.assert_allclose(
            noise_of(with_faults, spoilt), noise_of(recipe, plain), atol=1e-5
        )


def test_faults_that_are_none_change_no_bit(recipe: Recipe, tmp_path: Path) -> None:
    nothing = Faults(gradient=0, colour=0, fractions=0, amplitudes=0, sigma_factor=1, defocus=0)
    write_dataset(recipe, tmp_path / "plain")
    write_dataset(replace(recipe, faults=nothing), tmp_path / "none")
    for name in ("measurement.npy", "placement.npz", "truth.npz", "dataset.json"):
        assert (tmp_path / "plain" / name).read_bytes() == (tmp_path / "none" / name).read_bytes()


def test_snr_is_that_of_the_copies_as_they_lie(recipe: Recipe) -> None:
    spoilt = replace(recipe, faults=Faults(fractions=1.0, amplitudes=0.5), size=2 * recipe.size)
    data = make_dataset(spoilt)
    energy = np.sum(clean(replace(spoilt), data) ** 2)
    power = energy / (data.facts["copies"] * space_of(recipe).window.size)
    # Margins of neighbours that add up, and what lies beyond an edge, are not in the energy.
    assert power / data.facts["sigma"] ** 2 == pytest.approx(recipe.snr, rel=0.02)


def test_fractions_and_amplitudes_have_their_law_and_are_independent() -> None:
    recipe = replace(RECIPES[0], size=200_000, faults=Faults(fractions=0.6, amplitudes=0.5))
    told = make_dataset(recipe).placement
    f, a = told.fractions[:, 0], told.amplitudes
    scatter = 4 / np.sqrt(len(a))
    assert np.all(np.abs(f) <= 0.3)
    assert abs(f.mean()) < scatter * 0.6 / np.sqrt(12)
    assert f.std() == pytest.approx(0.6 / np.sqrt(12), rel=0.03)
    assert abs(a.mean() - 1) < scatter * 0.5
    assert a.std() == pytest.approx(0.5, rel=0.05)
    assert np.all(a > 0)
    assert abs(np.corrcoef(f, a)[0, 1]) < scatter
    other = make_dataset(replace(recipe, trial=1)).placement
    both = min(len(a), len(other.amplitudes))
    assert abs(np.corrcoef(a[:both], other.amplitudes[:both])[0, 1]) < scatter


def test_every_fault_has_a_stream_of_its_own(streams: list[tuple[int, ...]]) -> None:
    make_dataset(replace(RECIPES[2], faults=EVERY))
    assert len(set(streams)) == len(streams) == 10


@pytest.mark.parametrize("shape", [(200_000,), (500, 400)])
def test_correlated_noise_has_its_covariance_from_the_first_sample_on(
    shape: tuple[int, ...],
) -> None:
    """In blocks as in one piece, and the kernel makes it white again."""
    a, rng = 0.6, np.random.default_rng(3)
    white = rng.standard_normal(shape, dtype=np.float32)
    whole = correlated(white.copy(), a, None)
    assert whole.dtype == np.float32
    first = correlated(white[:150].copy(), a, None)
    second = correlated(white[150:].copy(), a, first[-1])
    np.testing.assert_allclose(np.concatenate([first, second]), whole, atol=1e-5)
    np.testing.assert_allclose(whole.std(), 1, atol=0.02)
    for axis in range(whole.ndim):
        ahead, behind = (
            np.take(whole, r, axis) for r in (range(3, shape[axis]), range(shape[axis] - 3))
        )
        assert np.mean(ahead * behind) == pytest.approx(a**3, abs=0.02)
    kernel = whitening_kernel(a, whole.ndim)
    padded = np.pad(whole, 1)
    again = sum(
        k * padded[tuple(slice(2 - i, 2 - i + n) for i, n in zip(place, shape, strict=True))]
        for place, k in np.ndenumerate(kernel)
    )
    inside = (slice(1, None),) * whole.ndim
    np.testing.assert_allclose(again[inside], white[inside], atol=1e-4)


def test_the_first_rows_of_correlated_noise_are_as_loud_as_the_others() -> None:
    rng = np.random.default_rng(4)
    starts = [correlated(rng.standard_normal(3, dtype=np.float32), 0.9, None) for _ in range(4000)]
    np.testing.assert_allclose(np.std(starts, axis=0), 1, atol=0.05)


def test_colour_and_gradient_in_a_measurement(recipe: Recipe) -> None:
    size = 40_000 if recipe.space == "line" else 200
    recipe = replace(recipe, size=size, faults=Faults(colour=0.5, gradient=30.0))
    data = make_dataset(recipe)
    ndim = space_of(recipe).window.ndim
    for noise in noise_of(recipe, data):
        places = np.indices(noise.shape).reshape(ndim, -1).T - (size - 1) / 2
        slope = np.linalg.lstsq(places, noise.ravel(), rcond=None)[0]
        assert np.linalg.norm(slope) * (size - 1) == pytest.approx(30, abs=0.2)
        rest = noise - (places @ slope).reshape(noise.shape)
        assert rest.std() == pytest.approx(1, abs=0.04)
        assert np.mean(rest[1:] * rest[:-1]) == pytest.approx(0.5, abs=0.04)


def test_what_estimators_are_told(tmp_path: Path) -> None:
    recipe = replace(RECIPES[2], faults=EVERY)
    written = write_dataset(recipe, tmp_path)
    assert written["faults"] == {
        "gradient": 2.0, "colour": 0.5, "fractions": 1.0, "amplitudes": 0.4, "sigma_factor": 1.5,
        "defocus": 12000.0,
    }  # fmt: skip
    made, loaded = make_dataset(recipe), Dataset.load(tmp_path)
    for data in (made, loaded):
        assert data.measurement.sigma == pytest.approx(1.5 * written["sigma"])
        assert data.measurement.forward.features == frozenset()
    assert np.array_equal(made.measurement.samples, loaded.measurement.samples)
    told = Placement.load(tmp_path / "placement.npz")
    for name, array in made.placement.arrays.items():
        assert np.array_equal(getattr(told, name), array)
    second = told.within(1)
    assert np.array_equal(second.amplitudes, told.amplitudes[told.micrographs == 1])
    assert second.moved_poses.shape == (len(second.corners), 3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"gradient": -1.0}, "fault gradient = -1.0: expected a number, 0 or larger"),
        ({"amplitudes": float("nan")}, "fault amplitudes = nan"),
        ({"colour": 1.0}, r"fault colour = 1.0: expected a number in \[0, 1\)"),
        ({"fractions": 1.5}, r"fault fractions = 1.5: expected a number in \[0, 1\]"),
        ({"sigma_factor": 0.0}, "fault sigma_factor = 0.0: expected a positive number"),
        ({"defocus": -1.0}, "fault defocus = -1.0: expected angstrom, 0 to 100000"),
        ({"defocus": 1e6}, "fault defocus = 1000000.0: expected angstrom, 0 to 100000"),
        ({"color": 0.5}, "unknown fault 'color': did you mean 'colour'"),
    ],
)
def test_bad_faults_are_named_in_one_line(values: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        named_faults(values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["fractions", "amplitudes", "defocus"])
def test_method_full_declines_what_it_cannot_have(name: str) -> None:
    full = Recipe(
        space="ball", window=7, size=70, snr=1.0, density=0.1, method="full",
        target="volume:shepp-logan",
    )  # fmt: skip
    with pytest.raises(InputError, match=f"fault {name} with method 'full': expected method"):
        replace(full, faults=Faults(**{name: 0.5}))
    assert replace(full, faults=Faults(gradient=1, colour=0.2)).faults.colour == 0.2


@pytest.mark.parametrize(
    ("instrument", "twice"),
    [({"ctf": {"pixel_size": 10, "groups": []}}, "ctf"), ({"groups": [0, 0]}, "groups")],
)
def test_defocus_is_not_said_twice(instrument: dict[str, object], twice: str) -> None:
    blurred = {**instrument, "ctf": defocused(9000.0, 1)["ctf"]} if twice == "ctf" else instrument
    with pytest.raises(InputError, match=f"fault defocus with .*{twice} in the instrument"):
        replace(RECIPES[2], faults=Faults(defocus=9000), instrument=blurred)


def test_kernels_that_are_told_act_behind_the_optics() -> None:
    recipe = replace(RECIPES[0], instrument={"kernels": [[0.5, 1, 0.5]]}, snr=1e6)
    spoilt = replace(recipe, faults=Faults(defocus=9000))
    data = make_dataset(spoilt)
    assert data.measurement.forward.margin == 1  # of the kernel alone
    wanted = convolve(clean(spoilt, data)[0], [0.5, 1, 0.5], mode="same")
    rest = (data.measurement.samples - wanted)[1:-1]
    assert np.abs(rest).max() < 5 * data.facts["sigma"]


def test_a_study_file_knows_the_faults_of_the_simulator() -> None:
    assert set(get_args(Fault)) == NEUTRAL.keys()
