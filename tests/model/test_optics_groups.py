"""Transfer functions in the forward model: as filters, with other filters, by files."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from aspire.operators import CTFFilter
from scipy.signal import convolve

from mtdbench import InputError, Measurement, make_space
from mtdbench.model.filters import Convolution, Identity, composed
from mtdbench.model.forward import ForwardModel
from mtdbench.model.instrument import forward_model
from mtdbench.model.optics_groups import behind_optics
from mtdbench.optics import MicrographOptics, TransferFunction, point_spreads
from mtdbench.simulation import Recipe, make_dataset, write_dataset
from mtdbench.simulation.recipe import recipe_key
from mtdbench.spaces import Window

LENS = {"voltage": 300, "spherical_aberration": 2.7, "amplitude_contrast": 0.1}
NEAR = TransferFunction(**LENS, defocus_u=8000)
FAR = TransferFunction(**LENS, defocus_u=15000, defocus_v=14000, angle=40)
GROUPS = [asdict(NEAR), asdict(FAR)]
CTF = {"pixel_size": 9.0, "groups": GROUPS}
WHITENING = np.array([[0.0, 0.2, 0.0], [0.0, 1.0, -0.4], [0.1, -0.3, 0.0]])
OPTICS = MicrographOptics.of([FAR, NEAR, FAR, FAR], "a test")


def test_copies_are_what_the_filter_of_aspire_shows_of_them_turned_light() -> None:
    """P_g x in a wide frame, multiplied by minus ASPIRE's function of the frequency."""
    space, side = make_space("disc", 7), 65
    forward = forward_model(space, {"ctf": {**CTF, "groups": [GROUPS[1]], "margin": 29}})
    poses = space.poses(5)[2:3]
    x = space.random(np.random.default_rng(0))
    frame = np.zeros((side, side))
    frame[29:36, 29:36] = space.window.reshape(space.project(x, poses))[0]
    angle = {"defocus_ang": np.deg2rad(40), "Cs": 2.7, "alpha": 0.1}
    theirs = CTFFilter(voltage=300, defocus_u=15000, defocus_v=14000, **angle)
    values = theirs.evaluate_grid(side, pixel_size=9.0, dtype=np.float64)
    shown = -np.fft.ifft2(np.fft.fft2(frame) * np.fft.ifftshift(values)).real
    found = forward.support.reshape(forward.project(x, poses))[0]
    np.testing.assert_allclose(found, shown, atol=0.02 * np.abs(shown).max())


@pytest.mark.parametrize(("name", "window"), [("line", 6), ("disc", 5), ("ball", 5)])
def test_the_model_behind_optics_has_its_adjoint_and_normal_matrix(name: str, window: int) -> None:
    space, rng = make_space(name, window), np.random.default_rng(1)
    groups = [asdict(NEAR), asdict(TransferFunction(**LENS, defocus_u=12000))]
    forward = forward_model(space, {"ctf": {**CTF, "groups": groups}, "groups": [0, 1]})
    assert forward.margin > 0
    for group in (0, 1):
        poses, x = space.random_poses(rng, 3), rng.standard_normal(space.size)
        images, weights = rng.standard_normal((2, 3, forward.support.size))
        shown = forward.project(x, poses, group)
        collected = forward.adjoint(images, poses, group)
        assert np.sum(shown * images) == pytest.approx(x @ collected, rel=1e-10)
        product = forward.normal(weights, poses, group) @ x
        expected = forward.adjoint(weights * shown, poses, group)
        np.testing.assert_allclose(product, expected, atol=1e-10 * np.abs(expected).max())


def test_two_filters_are_one_convolution_with_the_summed_margin() -> None:
    rng, window = np.random.default_rng(2), Window.cube(4, 2)
    first = Convolution(rng.standard_normal((5, 5)))
    both = composed(first, Convolution(WHITENING))
    assert both.margin == 3
    images = rng.standard_normal((2, 16))
    one = first.apply(images, window)
    expected = Convolution(WHITENING).apply(one, window.grown(2))
    np.testing.assert_allclose(both.apply(images, window), expected, atol=1e-12)
    assert composed(first, Identity()) is composed(Identity(), first) is first
    assert composed(Identity(), Identity()).is_identity


def test_micrographs_get_their_functions_before_the_whitening_kernel() -> None:
    space = make_space("disc", 5)
    forward = behind_optics(ForwardModel(space, (Convolution(WHITENING),)), OPTICS, 9.0)
    assert len(forward.filters) == 2
    spreads = dict(zip(OPTICS.functions, point_spreads(OPTICS.functions, 2, 9.0), strict=True))
    for m, function in enumerate([FAR, NEAR, FAR, FAR]):
        kernel = forward.filters[int(forward.group_of(np.array(m)))].kernel
        expected = convolve(spreads[function], WHITENING, method="direct")
        np.testing.assert_allclose(kernel, expected, atol=1e-14)


def test_groups_of_another_filter_are_kept_apart() -> None:
    space = make_space("disc", 5)
    kernels = (Convolution(WHITENING), Convolution(WHITENING[::-1]))
    before = ForwardModel(space, kernels, np.array([0, 1, 1, 0]))
    forward = behind_optics(before, OPTICS, 9.0)
    assert len(forward.filters) == 3  # far and first, far and second, near and second
    assert len(set(forward.group_of(np.array([0, 1, 2])))) == 3
    assert forward.group_of(np.array(0)) == forward.group_of(np.array(3))
    spread = point_spreads(OPTICS.functions, 2, 9.0)[0]  # of FAR
    for m, kernel in [(0, WHITENING), (2, WHITENING[::-1])]:
        found = forward.filters[int(forward.group_of(np.array(m)))].kernel
        np.testing.assert_allclose(found, convolve(spread, kernel, method="direct"), atol=1e-12)


def test_a_single_function_needs_no_groups() -> None:
    forward = behind_optics(ForwardModel(make_space("disc", 5)), MicrographOptics.of([FAR] * 3), 9)
    assert (len(forward.filters), forward.groups) == (1, None)


def test_the_size_of_a_sample_has_to_be_known() -> None:
    with pytest.raises(InputError, match="unknown size: expected --pixel-size"):
        behind_optics(ForwardModel(make_space("disc", 5)), OPTICS, None)


def test_an_instrument_may_have_transfer_functions_and_kernels() -> None:
    space = make_space("disc", 5)
    parts = {"kernels": [WHITENING.tolist()], **OPTICS.parts(9.0)}
    forward = forward_model(space, json.loads(json.dumps(parts)))
    expected = behind_optics(ForwardModel(space, (Convolution(WHITENING),)), OPTICS, 9.0)
    for m in range(4):
        ours, theirs = (f.filters[int(f.group_of(np.array(m)))] for f in (forward, expected))
        np.testing.assert_allclose(ours.kernel, theirs.kernel, atol=1e-14)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"ctf": CTF}, "2 optics groups and no groups"),
        ({"ctf": {"groups": GROUPS}}, "expected the keys pixel_size and groups"),
        ({"ctf": {**CTF, "defocus": 1}}, "expected the keys pixel_size and groups"),
        ({"ctf": {**CTF, "groups": []}}, "at least one group"),
        ({"ctf": {**CTF, "groups": [{"voltage": 300}]}}, "missing 3 required"),
        ({"ctf": {**CTF, "groups": [{**GROUPS[0], "voltage": 0}]}}, "voltage 0"),
        ({"ctf": {**CTF, "margin": 1.5}}, "margin 1.5"),
        ({"ctf": {**CTF, "share": 2}}, "share 2"),
        ({"ctf": {**CTF, "pixel_size": 0.5}}, "expected at most 64"),
        ({"ctf": {**CTF, "groups": GROUPS * 2}, "kernels": [[[1.0]]] * 3}, "4 transfer functions"),
    ],
)
def test_bad_parts_are_refused_in_one_line(parts: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        forward_model(make_space("disc", 5), parts)
    assert "\n" not in str(caught.value)


def test_astigmatism_is_refused_for_signals() -> None:
    with pytest.raises(InputError, match="for signals: expected one defocus"):
        forward_model(make_space("line", 5), {"ctf": CTF, "groups": [0, 1]})


RECIPE = {"space": "disc", "window": 5, "size": 60, "snr": 2.0, "density": 0.1, "micrographs": 2}


def test_a_simulation_has_them_and_its_files_say_so(tmp_path: Path) -> None:
    instrument = {"ctf": CTF, "groups": [1, 0]}
    given = Recipe(**RECIPE, instrument=instrument)
    write_dataset(given, tmp_path)
    assert json.loads((tmp_path / "instrument.json").read_text()) == instrument
    space = make_space("disc", 5)
    loaded = Measurement.load(tmp_path / "measurement.npy", space, 1.0).forward
    made = make_dataset(given).measurement.forward
    np.testing.assert_array_equal(loaded.groups, [1, 0])
    for ours, theirs in zip(loaded.filters, made.filters, strict=True):
        np.testing.assert_array_equal(ours.kernel, theirs.kernel)
    assert recipe_key(Recipe(**RECIPE)).endswith("well-separated:M=2")


def test_the_groups_of_a_recipe_are_those_of_its_micrographs() -> None:
    with pytest.raises(InputError, match="groups of 3 micrographs in the instrument: expected 2"):
        Recipe(**RECIPE, instrument={"ctf": CTF, "groups": [1, 0, 1]})
