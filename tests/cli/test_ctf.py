"""Transfer functions on the command line: from files, lists and records into the forward model."""

import json
from dataclasses import asdict
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from mtdbench import make_space
from mtdbench.cli import main
from mtdbench.commands.user_measurement import UserFiles, UserMeasurement, read_user_measurement
from mtdbench.optics import TransferFunction, point_spreads

FORM = ["--space", "disc", "--window", "5"]
ESTIMATE = ["estimate", *FORM, "--estimator", "zero", "--prepare", "none", "--out", "out"]
FUNCTIONS = [
    TransferFunction(
        voltage=300, spherical_aberration=2.7, amplitude_contrast=0.1, defocus_u=u, defocus_v=v,
        angle=20,
    )
    for u, v in [(9000, 8500), (16000, 15000)]
]  # fmt: skip
COLUMNS = ["DefocusU", "DefocusV", "DefocusAngle"]
LENS = ["Voltage", "SphericalAberration", "AmplitudeContrast"]


def star(name: str, rows: list[str], columns: list[str]) -> str:
    labels = [f"_rln{label} #{i}" for i, label in enumerate(["MicrographName", *columns], 1)]
    Path(name).write_text("\n".join(["data_micrographs", "", "loop_", *labels, *rows, ""]))
    return name


def row(name: str, f: TransferFunction) -> str:
    lens = f"{f.voltage} {f.spherical_aberration} {f.amplitude_contrast}"
    return f"{name} {f.defocus_u} {f.defocus_v} {f.angle} {lens}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_environment: None) -> Path:
    """Two micrographs of samples of 6 angstrom, their transfer functions, and an object."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    for name in "ab":
        y = np.random.default_rng(ord(name)).standard_normal((60, 72)).astype("f4")
        with mrcfile.new(f"data/{name}.mrc") as file:
            file.set_data(y)
            file.voxel_size = 6.0
    rows = [row(f"data/{name}.mrc", f) for name, f in zip("ab", FUNCTIONS, strict=True)]
    star("ctf.star", rows, COLUMNS + LENS)
    Path("e").mkdir()
    np.save("e/coefficients.npy", np.ones(make_space("disc", 5).size))
    return tmp_path


def recorded(name: str = "out/run.json") -> dict:
    return json.loads(Path(name).read_text())


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(arguments) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    return printed


def test_a_file_gives_each_micrograph_its_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ESTIMATE, "data", "--ctf", "ctf.star"]) == 0
    ctf = recorded()["ctf"]
    assert (ctf["source"], ctf["groups"]) == ("'ctf.star'", [0, 1])
    assert ctf["ctf"] == {"pixel_size": 6.0, "groups": [asdict(f) for f in FUNCTIONS]}
    margin = ctf["margin"]
    assert margin == len(point_spreads(FUNCTIONS, 2, 6.0)[0]) // 2
    printed = capsys.readouterr().err
    assert "2 optics groups from 'ctf.star', defocus 8750 to 15500 angstrom" in printed
    assert f"copies of 5 samples show in {5 + 2 * margin}" in printed


def test_a_list_supplies_them_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ESTIMATE, "ctf.star"]) == 0
    assert recorded()["ctf"]["source"] == "'ctf.star'"
    assert "2 optics groups from 'ctf.star'" in capsys.readouterr().err
    assert main([*ESTIMATE, "ctf.star", "--ctf", "none"]) == 0
    assert recorded()["ctf"] is None
    star("names.star", ["data/a.mrc", "data/b.mrc"], [])
    assert main([*ESTIMATE, "names.star"]) == 0
    assert recorded()["ctf"] is None


def test_estimators_that_carry_no_filter_decline(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*ESTIMATE, "ctf.star", "--estimator", "characteristic"]
    assert "a measurement with a filter for characteristic" in refusal(capsys, *arguments)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["data", "--ctf", "short.star"], "'short.star' has no transfer function of 'b.mrc'"),
        (["data", "--ctf", "lens.star"], "'lens.star' has no column rlnVoltage"),
        (["data", "--ctf", "none.star"], "no transfer function in 'none.star'"),
        (["y.npy", "--ctf", "y.star"], "unknown size: expected --pixel-size"),
        (["data", "--ctf", "ctf.star", "--pixel-size", "0.5"], "expected at most 64"),
    ],
)
def test_mistakes_are_one_line(
    more: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    star("short.star", [row("data/a.mrc", FUNCTIONS[0])], COLUMNS + LENS)
    star("lens.star", ["data/a.mrc 9000 8500 20"], COLUMNS)
    star("y.star", [row("y.npy", FUNCTIONS[0])], COLUMNS + LENS)
    np.save("y.npy", np.random.default_rng(0).standard_normal((60, 60)))
    assert words in refusal(capsys, *ESTIMATE, *more)
    assert not Path("out/run.json").exists()


def read(**settings: object) -> UserMeasurement:
    files = UserFiles(("data",), ctf="ctf.star", **settings)
    return read_user_measurement(files, make_space("disc", 5), None, "arbitrary")


def test_binned_samples_are_as_large_as_they_are() -> None:
    from mtdbench.preparation import Settings

    user = read(preparation=Settings(bin_factor=2, window=5, whiten=False))
    assert user.pixel_size == 12
    for m, kernel in enumerate(point_spreads(FUNCTIONS, 2, 12.0)):
        forward = user.measurement.forward
        found = forward.filters[int(forward.group_of(np.array(m)))].kernel
        np.testing.assert_array_equal(found, kernel)


def test_whitening_comes_after_them() -> None:
    from scipy.signal import convolve

    from mtdbench.preparation import Settings

    user = read(preparation=Settings(window=5, radius=1))
    assert user.prepared is not None
    whitening = user.prepared.kernel
    assert whitening.shape == (3, 3)
    for m, kernel in enumerate(point_spreads(FUNCTIONS, 2, 6.0)):
        forward = user.measurement.forward
        found = forward.filters[int(forward.group_of(np.array(m)))].kernel
        np.testing.assert_allclose(found, convolve(kernel, whitening, method="direct"), atol=1e-12)


PICK = ["pick", *FORM, "--sigma", "1", "--prepare", "none", "--estimate", "e", "--out", "out"]


def test_pick_takes_what_the_estimate_had(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ESTIMATE[:-1], "e2", "data", "--ctf", "ctf.star"]) == 0
    Path("e2/run.json").rename("e/run.json")
    assert main([*PICK, "data/b.mrc", "--poses", "2"]) == 0
    ctf = recorded("out/pick.json")["ctf"]
    assert ctf["source"] == "run.json of the estimate"
    assert ctf["ctf"]["groups"] == [asdict(FUNCTIONS[1])]
    assert main([*PICK, "data/b.mrc", "--poses", "2", "--ctf", "none"]) == 0
    assert recorded("out/pick.json")["ctf"] is None
    Path("data/b.mrc").rename("data/c.mrc")
    printed = refusal(capsys, *PICK, "data/c.mrc")
    assert "run.json of the estimate has no transfer function of 'c.mrc'" in printed
    broken = recorded("e/run.json") | {"ctf": {"groups": []}}
    Path("e/run.json").write_text(json.dumps(broken))
    assert "no transfer functions in its ctf" in refusal(capsys, *PICK, "data/c.mrc")


def test_prepare_keeps_them_for_the_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["prepare", "data", "--ctf", "ctf.star", "--bin", "2", "--window", "5"]
    assert main([*arguments, "--out", "prepared"]) == 0
    assert "2 optics groups" in capsys.readouterr().out
    ctf = recorded("prepared/instrument.json")["ctf"]
    assert ctf == {"pixel_size": 12.0, "groups": [asdict(f) for f in FUNCTIONS]}
    ready = ["prepared/prepared.npy", "--pixel-size", "12"]
    assert main([*ESTIMATE, *ready]) == 0
    user = read_user_measurement(UserFiles((ready[0],)), make_space("disc", 5), None, "arbitrary")
    assert user.measurement.forward.features == {"filter"}
    assert "expected no others" in refusal(capsys, *ESTIMATE, *ready, "--ctf", "ctf.star")


def test_simulate_takes_an_instrument(capsys: pytest.CaptureFixture[str]) -> None:
    groups = [asdict(f) for f in FUNCTIONS]
    parts = {"ctf": {"pixel_size": 12.0, "groups": groups}, "groups": [0, 1]}
    Path("parts.json").write_text(json.dumps(parts))
    words = ["simulate", *FORM, "--size", "60", "--snr", "4", "--density", "0.1"]
    words += ["--micrographs", "2", "--out", "d"]
    assert main([*words, "--instrument", "parts.json"]) == 0
    assert recorded("d/instrument.json") == parts
    assert main([*ESTIMATE, "d/measurement.npy"]) == 0
    assert "cannot read 'no.json'" in refusal(capsys, *words, "--instrument", "no.json")
    Path("parts.json").write_text('{"lens": 1}')
    assert "unknown part of the instrument" in refusal(capsys, *words, "--instrument", "parts.json")
