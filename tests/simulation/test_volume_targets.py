"""Volumes as targets: from a specification to coefficients of a ball."""

from pathlib import Path

import mrcfile
import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.simulation.targets.phantoms import VOLUMES
from mtdbench.simulation.targets.resample import fit
from mtdbench.simulation.targets.targets import full_volume, make_target
from mtdbench.spaces import make_space
from mtdbench.spaces.volume import rotations

RNG = np.random.default_rng(0)
BALL = make_space("ball", 11)
ATOM = "ATOM  {0:5d}  C   ALA A{0:4d}    {1:8.3f}{2:8.3f}{3:8.3f}  1.00 20.00           C\n"


@pytest.fixture
def molecule(tmp_path: Path) -> Path:
    places = np.random.default_rng(1).normal(0, (3, 6, 10), (200, 3))
    path = tmp_path / "molecule.pdb"
    path.write_text("".join(ATOM.format(i, *place) for i, place in enumerate(places, start=1)))
    return path


def test_random_is_the_spaces_own() -> None:
    x = make_target("random", BALL, np.random.default_rng(3))
    np.testing.assert_array_equal(x, BALL.random(np.random.default_rng(3)))
    assert full_volume("random") is None


@pytest.mark.parametrize("name", VOLUMES)
def test_named_volumes(name: str) -> None:
    target = f"volume:{name}"
    x = make_target(target, BALL, RNG)
    rendered = BALL.render(x)
    assert np.mean(rendered**2) == pytest.approx(1)
    full = full_volume(target, 88)
    assert full is not None
    small = fit(full, 11)
    assert np.corrcoef(rendered.ravel(), small.ravel())[0, 1] > 0.85
    default = full_volume(target)
    assert default is not None
    assert default.shape == (89,) * 3


@pytest.mark.parametrize("order", [2, 3, 4, 5])
def test_views_of_cn_repeat_after_a_turn_about_z(order: int) -> None:
    x = make_target(f"volume:c{order}", BALL, RNG)
    whole, half = (rotations.from_vector(np.array([0, 0, a * np.pi / order])) for a in (2, 1))
    poses = BALL.random_poses(np.random.default_rng(0), 20)
    views = BALL.project(x, poses)
    again = np.linalg.norm(BALL.project(x, rotations.compose(poses, whole)) - views)
    other = np.linalg.norm(BALL.project(x, rotations.compose(poses, half)) - views)
    assert other > 0.2 * np.linalg.norm(views)
    # exact where the turn maps the cubic lattice, on which `expand` fits, onto itself
    assert again < (1e-9 if order in (2, 4) else 0.1) * other


@pytest.mark.parametrize("name", ["v.npy", "v.mrc", "v.map", "v.mrc.gz"])
def test_users_maps_keep_their_values(tmp_path: Path, name: str) -> None:
    truth = BALL.random(RNG)
    large = fit(BALL.render(truth), 33).astype(np.float32)
    path = tmp_path / name
    if name == "v.npy":
        np.save(path, large)
    else:
        with mrcfile.new(path, compression="gzip" if name.endswith("gz") else None) as file:
            file.set_data(large)
            file.set_volume()
    for target in (str(path), f"file:{path}"):
        x = make_target(target, BALL, RNG)
        np.testing.assert_allclose(x, truth, atol=1e-5 * np.linalg.norm(truth))
        full = full_volume(target, 88)
        assert full is not None
        np.testing.assert_array_equal(full, large)


def test_maps_of_the_data_bank_have_no_unit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of a map that was put into the cache by hand."""
    stored = fit(BALL.render(BALL.random(RNG)), 24)[:, :, 2:-2]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kept = tmp_path / "mtdbench" / "emdb" / "emd_2660.map.gz"
    kept.parent.mkdir(parents=True)
    with mrcfile.new(kept, compression="gzip") as file:
        file.set_data((stored * 1e-3).astype(np.float32))
        file.set_volume()
    x = make_target("emdb:2660", BALL, RNG)
    assert np.mean(BALL.render(x) ** 2) == pytest.approx(1)
    full = full_volume("emdb:2660")
    assert full is not None
    assert full.shape == (24, 24, 24)


def test_molecules(molecule: Path) -> None:
    targets = [f"file:{molecule}", str(molecule), f"pdb:{molecule}"]
    first, *others = (make_target(target, BALL, RNG) for target in targets)
    assert np.mean(BALL.render(first) ** 2) == pytest.approx(1)
    for other in others:
        np.testing.assert_array_equal(first, other)
    wide = BALL.render(make_target(f"{molecule}@200", BALL, RNG))
    centre = wide[4:7, 4:7, 4:7]
    assert np.sum(centre**2) > 0.8 * np.sum(wide**2)


def test_full_resolution_shows_the_same_projection() -> None:
    """Sums along z of the full volume, made small, are the projection of the coefficients."""
    full = full_volume("volume:asymmetric", 88)
    assert full is not None
    x = BALL.expand(fit(full, 11))
    image = BALL.project(x, np.array([[0.0, 0, 0, 1]]))[0].reshape(11, 11)
    line = full.sum(axis=0)[None] * (11 / 88)
    small = fit(np.repeat(line, 88, axis=0), 11)[0]
    assert np.linalg.norm(image - small) < 0.15 * np.linalg.norm(small)


@pytest.mark.parametrize(
    ("space", "target", "message"),
    [
        ("ball", "volume:c10", "unknown volume 'c10': .*valid are asymmetric, c2"),
        ("ball", "volume:shepp", "unknown volume 'shepp'.*'shepp-logan'"),
        ("ball", "emdb:EMD-2660", "'emdb:EMD-2660': expected the number"),
        ("ball", "picture:camera", "expected space 'disc'"),
        ("ball", "step", "expected space 'line'"),
        ("ball", "file:x.png", "'x.png': expected a file that ends in .npy, .mrc, .map"),
        ("ball", "x.png", "'x.png': expected a file that ends in .npy, .mrc, .map"),
        ("ball", "x.pdb", "no file 'x.pdb'"),
        ("ball", "x.pdb@-1", "expected the window's width"),
        ("ball", "pdb:x.txt", "expected a file that ends in .pdb"),
        ("ball", "file:x.mrc", "no file 'x.mrc'"),
        ("ball", "volume", "unknown target 'volume'"),
        ("disc", "volume:c4", "'volume:c4' is a volume: expected space 'ball'"),
        ("line", "emdb:2660", "'emdb:2660' is a volume: expected space 'ball'"),
        ("disc", "file:x.pdb", "'file:x.pdb' is a volume: expected space 'ball'"),
    ],
)
def test_bad_specifications(space: str, target: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        make_target(target, make_space(space, 11), RNG)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones((9, 9)), r"shape \(9, 9\): space 'ball' expects 3 axes"),
        (np.zeros((9, 9, 9)), "is zero within the window"),
    ],
)
def test_bad_arrays(tmp_path: Path, array: np.ndarray, message: str) -> None:
    np.save(tmp_path / "target.npy", array)
    with pytest.raises(InputError, match=message):
        make_target(f"{tmp_path}/target.npy", BALL, RNG)
