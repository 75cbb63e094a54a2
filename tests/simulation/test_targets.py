"""Targets: the papers' signals, pictures that need no network, the user's files."""

import socket
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import io

from mtdbench.errors import InputError
from mtdbench.simulation.targets.pictures import PICTURES, picture
from mtdbench.simulation.targets.targets import make_target
from mtdbench.spaces import make_space

RNG = np.random.default_rng(0)


def test_random_is_the_spaces_own() -> None:
    space = make_space("disc", 5)
    x = make_target("random", space, np.random.default_rng(3))
    np.testing.assert_array_equal(x, space.random(np.random.default_rng(3)))


def test_step_has_eleven_ones_then_ten_minus_ones() -> None:
    x = make_target("step", make_space("line", 21), RNG)
    np.testing.assert_array_equal(x, [1] * 11 + [-1] * 10)
    assert make_target("step", make_space("line", 10), RNG).sum() == 0


def test_asd1_has_unit_mean_square_and_the_papers_shape() -> None:
    x = make_target("asd1", make_space("line", 10), RNG)
    assert np.mean(x**2) == pytest.approx(1)
    assert x[8] / x[3] == pytest.approx(0.598820 / 0.098402)


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_there_without_a_network(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*arguments: object) -> None:
        raise AssertionError("a picture must not need the network")

    monkeypatch.setattr(socket, "socket", closed)
    space = make_space("disc", 15)
    image = space.render(make_target(f"picture:{name}", space, RNG))
    assert np.mean(image**2) == pytest.approx(1)
    grey = picture(name, (15, 15))
    assert grey.shape == (15, 15)
    inside = np.hypot(*(np.indices((15, 15)) - 7)) < 6
    lengths = np.linalg.norm(grey[inside]) * np.linalg.norm(image[inside])
    assert grey[inside] @ image[inside] > 0.97 * lengths


def test_array_of_the_right_size_is_taken_as_it_is(tmp_path: Path) -> None:
    signal = RNG.normal(size=7)
    np.save(tmp_path / "signal.npy", signal)
    for target in (f"file:{tmp_path}/signal.npy", f"{tmp_path}/signal.npy"):
        np.testing.assert_array_equal(make_target(target, make_space("line", 7), RNG), signal)
    space = make_space("disc", 11)
    image = space.render(space.random(RNG))
    np.save(tmp_path / "image.npy", image)
    x = make_target(f"{tmp_path}/image.npy", space, RNG)
    np.testing.assert_allclose(space.render(x), image, atol=1e-10)


def test_mrc_of_one_section(tmp_path: Path) -> None:
    mrcfile = pytest.importorskip("mrcfile")
    space = make_space("disc", 9)
    image = space.render(space.random(RNG)).astype(np.float32)
    mrcfile.write(tmp_path / "image.mrc", image[None])
    x = make_target(f"{tmp_path}/image.mrc", space, RNG)
    np.testing.assert_allclose(space.render(x), image, atol=1e-5)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_image_files_are_made_grey_square_and_small(
    tmp_path: Path, suffix: str, channels: tuple[int, ...]
) -> None:
    if suffix == "jpg" and channels == (4,):
        pytest.skip("JPEG has no transparency")
    rows, columns = np.indices((90, 120))
    grey = 128 + 90 * np.sin(rows / 15) * np.cos(columns / 20)
    pixels = np.broadcast_to(grey[(..., *[None] * len(channels))], (90, 120, *channels)).copy()
    if channels == (4,):
        pixels[..., 3] = 255
    path = tmp_path / f"image.{suffix}"
    io.imsave(path, pixels.astype(np.uint8), check_contrast=False)
    space = make_space("disc", 15)
    x = make_target(str(path), space, RNG)
    square = grey[:, 15:105].reshape(15, 6, 15, 6).mean(axis=(1, 3))
    image, expected = space.render(x), space.render(space.expand(square))
    assert np.mean(image**2) == pytest.approx(1)
    assert np.corrcoef(image.ravel(), expected.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("shape", [(3, 4), (12,)])
def test_signals_of_classes_come_one_to_a_row_or_end_to_end(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    np.save(tmp_path / "signals.npy", np.arange(12.0).reshape(shape))
    space = make_space("line", 4, "classes:3")
    assert np.array_equal(make_target(f"{tmp_path}/signals.npy", space, RNG), np.arange(12.0))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("step", "'step' is one signal: with basis 'classes:3' expected random or file:PATH"),
        ("asd1", "'asd1' is one signal"),
        ("picture:camera", "expected space 'disc'"),
        ("volume:asymmetric", "expected space 'ball'"),
        (np.ones(10), "has 10 samples: expected 3 signals of window 10"),
        (np.ones((2, 10)), r"shape \(2, 10\)"),
    ],
)
def test_bad_targets_of_classes(tmp_path: Path, target: str | np.ndarray, message: str) -> None:
    if isinstance(target, np.ndarray):
        np.save(tmp_path / "target.npy", target)
        target = f"{tmp_path}/target.npy"
    with pytest.raises(InputError, match=message) as caught:
        make_target(target, make_space("line", 10, "classes:3"), RNG)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("space", "window", "target", "message"),
    [
        ("line", 9, "asd1", "asd1.*window 9.*expected window 10"),
        ("disc", 5, "step", "step.*expected space 'line'"),
        ("line", 9, "picture:camera", "picture:camera.*expected space 'disc'"),
        ("disc", 9, "picture:camra", "'camra': did you mean 'camera'"),
        ("disc", 9, "randon", "'randon': did you mean 'random'"),
        ("disc", 9, "file:nowhere.png", "no file 'nowhere.png'"),
        ("disc", 9, "file:notes.txt", r"'notes.txt': expected a file that ends in .npy"),
    ],
)
def test_bad_specifications(space: str, window: int, target: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        make_target(target, make_space(space, window), RNG)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("space", "array", "message"),
    [
        ("line", np.ones(8), "has 8 samples: expected window 9"),
        ("line", np.ones((9, 9)), r"shape \(9, 9\): space 'line' expects 1 axes"),
        ("disc", np.ones(9), r"shape \(9,\): space 'disc' expects 2 axes"),
        ("disc", np.ones((4, 9, 9)), "expects 2 axes"),
        ("line", np.full(9, np.nan), "holds NaN"),
        ("disc", np.zeros((9, 9)), "is zero"),
        ("line", np.array([None] * 9), "cannot read"),
        ("line", np.ones(9) * 1j, "complex"),
    ],
)
def test_bad_arrays(tmp_path: Path, space: str, array: np.ndarray, message: str) -> None:
    np.save(tmp_path / "target.npy", array, allow_pickle=True)
    with pytest.raises(InputError, match=message) as caught:
        make_target(f"{tmp_path}/target.npy", make_space(space, 9), RNG)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".mrc", ".npy"])
@pytest.mark.parametrize("content", [b"", b"no image at all", b"\x89PNG\r\n\x1a\n\x00"])
def test_broken_files(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot read .*broken") as caught:
        make_target(str(path), make_space("disc", 9), RNG)
    assert "\n" not in str(caught.value)


def test_stack_of_images(tmp_path: Path) -> None:
    pages = [Image.fromarray(np.full((9, 9), value, np.uint8)) for value in (1, 2, 3)]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(InputError, match="holds 3 images: expected one"):
        make_target(f"{tmp_path}/stack.tif", make_space("disc", 9), RNG)


@pytest.mark.parametrize("mode", ["L", "I;16", "I", "F", "P", "1", "LA", "RGBA", "CMYK"])
def test_pixels_of_every_kind(tmp_path: Path, mode: str) -> None:
    grey = np.where(np.indices((9, 9)).sum(axis=0) < 8, 255, 0).astype(np.uint8)
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    image = deep if mode == "I;16" else Image.fromarray(grey).convert(mode)
    image.save(tmp_path / "image.tif")
    space = make_space("disc", 9)
    x, expected = make_target(f"{tmp_path}/image.tif", space, RNG), space.expand(grey)
    scale = np.linalg.norm(expected) / np.linalg.norm(x)
    np.testing.assert_allclose(x * scale, expected, atol=1e-3 * np.linalg.norm(expected))


def test_truncated_png(tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    io.imsave(path, RNG.integers(0, 255, (64, 64)).astype(np.uint8))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match="cannot read"):
        make_target(str(path), make_space("disc", 9), RNG)
