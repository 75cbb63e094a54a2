"""Preparation on files: what is written, what is taken up again, and mistakes in one line."""

import json
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from mtdbench import Measurement, make_space
from mtdbench.cli import main

ALWAYS = {"prepared.npy", "preparation.json", "preparation.png"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_environment: None) -> Path:
    """A working directory with noise on a background, white and coloured, and what is no such."""
    monkeypatch.chdir(tmp_path)
    y = np.random.default_rng(0).standard_normal((90, 110)).astype("f4")
    np.save("white.npy", y + 100)
    np.save("coloured.npy", np.stack([y + np.roll(y, 1, 0), y + np.roll(y, 1, 0)]))
    hot = y.copy()
    hot[40, 50] = 500
    with mrcfile.new("hot.mrc") as file:
        file.set_data(hot)
    np.save("constant.npy", np.full((50, 50), 7.0))
    np.save("signal.npy", y.ravel())
    Path("file").touch()
    return tmp_path


def written() -> set[str]:
    return {path.name for path in Path("out").iterdir()}


def test_what_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prepare", "white.npy", "--pixel-size", "1.5", "--bin", "2", "--out", "out"]) == 0
    assert written() == ALWAYS
    prepared, facts = (
        np.load("out/prepared.npy"),
        json.loads(Path("out/preparation.json").read_text()),
    )
    assert (prepared.shape, prepared.dtype) == ((45, 55), np.dtype("f4"))
    assert prepared.mean() == pytest.approx(0, abs=1e-3)
    assert prepared.std() == pytest.approx(1, abs=0.03)
    assert (facts["pixel_size"], facts["bin_factor"], facts["names"]) == (3.0, 2, ["white.npy"])
    assert facts["levels"] == pytest.approx([100], abs=0.1)
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "result: 1 micrograph, 45 x 55 samples of 3 angstrom" in printed.out


def test_kernel_and_mask_lie_beside_what_needs_them() -> None:
    assert main(["prepare", "coloured.npy", "hot.mrc", "--out", "out"]) == 0
    assert written() == ALWAYS | {"instrument.json", "mask.npy"}
    assert len(np.load("out/prepared.npy")) == 3
    assert np.load("out/mask.npy").shape == np.load("out/prepared.npy").shape
    kernel = np.array(json.loads(Path("out/instrument.json").read_text())["kernels"][0])
    assert kernel[len(kernel) // 2, len(kernel) // 2] == 1
    assert main(["prepare", "coloured.npy", "--colour", "detector", "--out", "out"]) == 0
    assert written() == ALWAYS
    assert main(["prepare", "coloured.npy", "--no-whitening", "--out", "out"]) == 0
    assert written() == ALWAYS


MOMENTS = ["--window", "5", "--estimator", "autocorrelation", "--option", "n_init=1"]


def test_moments_take_the_mask_and_the_kernel(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prepare", "coloured.npy", "hot.mrc", "--out", "out"]) == 0
    prepared = ["estimate", "out/prepared.npy", "--prepare", "none", "--out", "found", *MOMENTS]
    assert main([*prepared, "--space", "disc", "--option", "width=2"]) == 0
    assert np.isfinite(np.load("found/coefficients.npy")).all()
    capsys.readouterr()
    assert main([*prepared, "--space", "ball"]) == 2
    assert "filter for autocorrelation of space 'ball'" in capsys.readouterr().err


def test_files_are_not_whitened_where_the_estimator_has_no_filters() -> None:
    """As for volumes."""
    files = ["estimate", "coloured.npy", "--out", "found", *MOMENTS, "--basis", "degree:1"]
    assert main([*files, "--space", "ball"]) == 0
    assert json.loads(Path("found/run.json").read_text())["preparation"]["kernel"] is None


def test_signals() -> None:
    assert main(["prepare", "signal.npy", "--signals", "--window", "9", "--out", "out"]) == 0
    assert written() == ALWAYS
    assert np.load("out/prepared.npy").shape == (9900,)


def test_what_is_prepared_can_be_estimated() -> None:
    assert main(["prepare", "coloured.npy", "--window", "5", "--out", "out"]) == 0
    form = ["--space", "disc", "--window", "5", "--estimator", "em", "--budget", "1"]
    assert main(["estimate", "out/prepared.npy", *form, "--out", "found"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.npy"], "no file 'none.npy'"),
        (["constant.npy"], "'constant.npy'"),
        (["signal.npy"], "'signal.npy' has shape (9900,): expected 2 axes"),
        (["white.npy", "--bin-to", "3"], "expected a pixel size"),
        (["white.npy", "--bin", "0"], "bin_factor 0"),
        (["white.npy", "--sign", "drak"], "did you mean 'dark'?"),
        (["white.npy", "--background", "x"], "unknown background 'x'"),
        (["white.npy", "--window", "none"], "'none'"),
    ],
)
def test_mistakes_are_one_line_and_no_file(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    before = sorted(Path().rglob("*"))
    assert main(["prepare", *words, "--out", "out"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("mtdbench: ")
    assert printed.err.count("\n") == 1
    assert said in printed.err
    assert sorted(Path().rglob("*")) == before


def test_the_folder_is_tried_first(capsys: pytest.CaptureFixture[str]) -> None:
    for out in ("file", "file/out"):
        assert main(["prepare", "constant.npy", "--out", out]) == 2
        assert "expected a folder" in capsys.readouterr().err


def test_what_is_prepared_can_be_estimated_without_what_was_not_measured() -> None:
    assert main(["prepare", "hot.mrc", "--window", "5", "--no-whitening", "--out", "out"]) == 0
    assert (np.load("out/mask.npy") == 0).any()
    form = ["--space", "disc", "--window", "5", "--estimator", "zero"]
    assert main(["estimate", "out/prepared.npy", *form, "--out", "found"]) == 0
    measured = Measurement.load(Path("out/prepared.npy"), make_space("disc", 5)).forward.measured
    assert measured is not None
    assert not measured.all()
