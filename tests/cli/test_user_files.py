"""Estimates and picks on files as people have them: what is logged, and what outputs say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import mrcfile
import numpy as np
import pandas as pd
import pytest
import starfile

from mtdbench.cli import main

FORM = ["--space", "disc", "--window", "5", "--basis", "paper"]
BALL = ["--space", "ball", "--window", "5"]


def micrograph(name: str, shape: tuple[int, ...] = (30, 40), voxel: float = 0.0) -> str:
    """A file of noise."""
    rng = np.random.default_rng(len(name))
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    with mrcfile.new(name, overwrite=True) as file:
        file.set_data(rng.standard_normal(shape).astype("f4"))
        if len(shape) == 3:
            file.set_image_stack()
        file.voxel_size = voxel
    return name


@pytest.fixture(autouse=True)
def folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plugins: Path, own_environment: None
) -> Path:
    """A working directory with micrographs in it, and an object."""
    monkeypatch.chdir(tmp_path)
    for name in ("data/a.mrc", "data/b.mrc", "data/c.mrc"):
        micrograph(name, voxel=1.34)
    Path("e").mkdir()
    np.save("e/coefficients.npy", np.ones(10))
    return tmp_path


def estimated(*files: str, out: str = "out", form: list[str] = FORM) -> dict:
    """`run.json` of an estimate."""
    assert main(["estimate", *files, *form, "--estimator", "good", "--out", out]) == 0
    return json.loads(Path(out, "run.json").read_text())


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that a command ends with before anything is written."""
    before = sorted(Path().rglob("*"))
    capsys.readouterr()
    assert main(arguments) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("mtdbench: ")
    assert printed.count("\n") == 1
    assert sorted(Path().rglob("*")) == before
    return printed


@pytest.mark.parametrize(
    "sources", [["data"], ["data/*.mrc"], ["data/a.mrc", "data/b.mrc", "data/c.mrc"]]
)
def test_several_files_are_one_measurement(
    sources: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    facts = estimated(*sources)
    assert facts["micrographs"] == 3
    assert facts["names"] == ["a.mrc", "b.mrc", "c.mrc"]
    assert facts["pixel_size"] == 1.34
    assert "3 micrographs of 30 x 40, 1.34 angstrom to a sample" in capsys.readouterr().err


def test_sizes_that_differ_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    micrograph("data/d.mrc", (33, 20), 1.34)
    arguments = ["--estimator", "zero", "--out", "out"]
    assert main(["estimate", "data", *FORM, *arguments]) == 0
    printed = capsys.readouterr().err
    assert "4 micrographs, 3 of 30 x 40, 1 of 33 x 20" in printed


def test_a_signal_is_no_micrograph(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("y.npy", np.random.default_rng(0).standard_normal(200))
    facts = estimated("y.npy", form=["--space", "line", "--window", "6"])
    assert (facts["micrographs"], facts["pixel_size"]) == (1, None)
    assert "1 signal of 200;" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("voxel", "asked", "expected"),
    [(1.34, [], 1.34), (1.34, ["--pixel-size", "3.3"], 3.3), (0.0, [], 1.0)],
)
def test_the_size_of_a_sample_is_that_of_every_volume(
    voxel: float, asked: list[str], expected: float
) -> None:
    facts = estimated(micrograph("y.mrc", voxel=voxel), *asked, form=BALL)
    assert facts["pixel_size"] == (expected if voxel or asked else None)
    volumes = [Path("out/estimate.mrc"), *Path("out/snapshots").glob("*.mrc")]
    assert len(volumes) > 1
    for volume in volumes:
        with mrcfile.open(volume) as file:
            assert float(file.voxel_size.x) == pytest.approx(expected)
            assert float(file.voxel_size.z) == pytest.approx(expected)


def test_a_remark_is_logged_and_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    facts = estimated("data/a.mrc", "--pixel-size", "3.3")
    (remark,) = facts["remarks"]
    assert "1.34" in remark
    assert remark in capsys.readouterr().err


def test_coordinates_name_files_and_the_size_of_a_sample() -> None:
    words = ["--sigma", "0.5", "--estimate", "e", "--out", "out"]
    assert main(["pick", "data/b.mrc", "data/c.mrc", *FORM, *words]) == 0
    facts = json.loads(Path("out/pick.json").read_text())
    assert (facts["pixel_size"], facts["names"]) == (1.34, ["b.mrc", "c.mrc"])
    blocks = starfile.read("out/particles.star", always_dict=True)
    assert blocks["optics"]["rlnMicrographPixelSize"].tolist() == [1.34]
    particles, table = blocks["particles"], pd.read_csv("out/particles.csv")
    assert len(particles) == len(table) > 0
    called = table["micrograph"].map(dict(enumerate(facts["names"])))
    assert particles["rlnMicrographName"].tolist() == called.tolist()
    assert particles["rlnCoordinateX"].tolist() == table["centre_x"].tolist()


def test_an_unknown_size_is_in_no_coordinates() -> None:
    words = ["--sigma", "0.5", "--estimate", "e", "--out", "out"]
    assert main(["pick", micrograph("y.mrc"), *FORM, *words]) == 0
    assert "optics" not in starfile.read("out/particles.star", always_dict=True)


@pytest.mark.parametrize(
    ("recorded", "sigma"),
    [
        ({"sigma": 0.25, "sigma_estimated": 9}, 0.25),
        ({"sigma": None, "sigma_estimated": 0.75}, 0.75),
    ],
)
def test_sigma_is_that_of_the_estimate(recorded: dict, sigma: float) -> None:
    Path("e/run.json").write_text(json.dumps(recorded))
    for estimate in ("e", "e/coefficients.npy"):
        assert main(["pick", "data", *FORM, "--estimate", estimate, "--out", "out"]) == 0
        assert json.loads(Path("out/pick.json").read_text())["sigma"] == sigma
    given = ["--sigma", "2", "--estimate", "e", "--out", "out"]
    assert main(["pick", "data", *FORM, *given]) == 0
    assert json.loads(Path("out/pick.json").read_text())["sigma"] == 2


@pytest.mark.parametrize("content", ["{}", '{"sigma": -1, "sigma_estimated": "loud"}', "no JSON"])
def test_somebody_has_to_know_sigma(content: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("e/run.json").write_text(content)
    arguments = ["pick", "data", *FORM, "--estimate", "e", "--out", "out"]
    assert "--sigma is missing, and no run.json" in refusal(capsys, *arguments)


def test_the_estimate_may_know_the_size_of_a_sample(capsys: pytest.CaptureFixture[str]) -> None:
    Path("e/run.json").write_text(json.dumps({"sigma": 1, "pixel_size": 2.5}))
    words = [*FORM, "--estimate", "e", "--out", "out"]
    assert main(["pick", micrograph("y.mrc"), *words]) == 0
    assert json.loads(Path("out/pick.json").read_text())["pixel_size"] == 2.5
    assert main(["pick", "data/a.mrc", *words]) == 0
    facts = json.loads(Path("out/pick.json").read_text())
    assert facts["pixel_size"] == 1.34
    assert "2.5 angstrom" in facts["remarks"][0]


@pytest.mark.parametrize("out", ["data/a.mrc", "data/a.mrc/out", "/proc/out", "o\0ut", "x" * 300])
@pytest.mark.parametrize("verb", ["estimate", "pick"])
def test_a_folder_that_cannot_be_written_is_found_before(
    verb: str, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    more = {"estimate": ["--estimator", "hangs"], "pick": ["--sigma", "1", "--estimate", "e"]}[verb]
    assert "expected a folder" in refusal(capsys, verb, "data", *FORM, *more, "--out", out)


def test_a_trial_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["estimate", "none.mrc", *FORM, "--estimator", "good", "--out", "new/folder"]
    assert "no file 'none.mrc'" in refusal(capsys, *arguments)


def test_files_have_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["estimate", *FORM, "--estimator", "good", "--out", "out"]
    assert "FILE is missing" in refusal(capsys, *arguments)


@pytest.mark.parametrize("verb", ["estimate", "pick"])
def test_a_device_that_is_not_there_is_one_line(verb: str) -> None:
    more = {"estimate": ["--estimator", "em"], "pick": ["--sigma", "1", "--estimate", "e"]}[verb]
    command = [sys.executable, "-m", "mtdbench", verb, "data", *FORM, *more, "--out", "out"]
    environment = os.environ | {"JAX_PLATFORMS": "nowhere"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("mtdbench: JAX_PLATFORMS is 'nowhere'")
    assert done.stderr.count("\n") == 1
    assert not Path("out").exists()
