"""Simulation behind transfer functions: the moments and energies of the data are the model's."""

from dataclasses import asdict

import numpy as np
import pytest
from aspire.operators import CTFFilter

from mtdbench.model.instrument import forward_model
from mtdbench.optics import TransferFunction
from mtdbench.simulation import Recipe, make_dataset
from mtdbench.simulation.scene import expanded
from mtdbench.spaces import make_space

PIXEL_SIZE, AMPLITUDE = 9.0, (0.1, 0.3)
DEFOCUS = (8000.0, 15000.0)
SIZE = 101


def function(group: int) -> TransferFunction:
    return TransferFunction(
        voltage=300,
        spherical_aberration=2.7,
        amplitude_contrast=AMPLITUDE[group],
        defocus_u=DEFOCUS[group],
    )


def recipe(name: str = "disc", density: float = 0.1, **more: object) -> Recipe:
    groups = [asdict(function(group)) for group in (0, 1)]
    ctf = {"pixel_size": PIXEL_SIZE, "groups": groups, "share": 0.999}
    return Recipe(
        space=name, window=5, size=SIZE, snr=1.0, density=density, micrographs=2, seed=4,
        instrument={"ctf": ctf, "groups": [1, 0]}, **more,
    )  # fmt: skip


def clean(given: Recipe, instrument: object) -> np.ndarray:
    """The micrographs before the noise, behind an instrument."""
    forward = forward_model(make_space(given.space, given.window), instrument)
    scene = expanded(given, forward)
    return np.stack([np.concatenate([*scene.blocks(m, SIZE)]) for m in (0, 1)]).astype(float)


@pytest.mark.parametrize("name", ["disc", "ball"])
def test_micrographs_are_filtered_as_aspire_does(name: str) -> None:
    """Up to what leaves the micrograph at its edges, where the filter of the whole one wraps."""
    given = recipe(name)
    bare, shown = clean(given, {}), clean(given, given.instrument)
    for m, group in enumerate((1, 0)):
        lens = {"Cs": 2.7, "alpha": AMPLITUDE[group], "voltage": 300}
        theirs = CTFFilter(defocus_u=DEFOCUS[group], defocus_v=DEFOCUS[group], **lens)
        values = theirs.evaluate_grid(SIZE, pixel_size=PIXEL_SIZE, dtype=np.float64)
        wanted = np.fft.ifft2(np.fft.fft2(bare[m]) * np.fft.ifftshift(-values)).real
        inside = np.s_[12:-12, 12:-12]
        rest = np.linalg.norm((shown[m] - wanted)[inside])
        assert rest < 0.05 * np.linalg.norm(wanted[inside])


def test_means_are_multiplied_by_the_amplitude_contrast() -> None:
    given = recipe()
    forward = forward_model(make_space("disc", 5), given.instrument)
    rng, space = np.random.default_rng(0), forward.space
    poses, x = space.random_poses(rng, 7), space.random(rng)
    bare = space.project(x, poses).sum(axis=1)
    for group in (0, 1):
        found = forward.project(x, poses, group).sum(axis=1)
        np.testing.assert_allclose(found, AMPLITUDE[group] * bare, atol=1e-10)


def test_noise_is_by_the_energy_that_copies_show() -> None:
    """SNR is that of ||A_k P_g x||^2, whose transform is CTF^2 |F|^2, over L^d sigma^2."""
    data = make_dataset(recipe())
    space, told, side = data.space, data.placement, 101
    axis = np.fft.fftfreq(side, PIXEL_SIZE)
    grid = np.array(np.meshgrid(axis, axis, indexing="ij"))
    images = space.window.reshape(space.project(data.truth, told.poses))
    spectra = np.abs(np.fft.fft2(images, s=(side, side))) ** 2 / side**2
    squares = [function(1 - m).value(grid) ** 2 for m in told.micrographs]
    energy = np.mean([np.sum(s * c) for s, c in zip(spectra, squares, strict=True)])
    assert data.measurement.sigma == pytest.approx(np.sqrt(energy / space.window.size), rel=0.01)


def test_groups_differ_in_nothing_but_the_optics() -> None:
    """Places, poses and target are those of the group-less recipe; noise has the sigma it says."""
    given = recipe(density=0.05)
    data = make_dataset(given)
    noise = data.measurement.samples - clean(given, given.instrument)
    assert noise.std() == pytest.approx(data.measurement.sigma, rel=0.02)
