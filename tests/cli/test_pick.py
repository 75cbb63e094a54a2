"""Picking on files: from a measurement and an estimate to tables of copies."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtdbench.cli import main

FORM = ["--space", "disc", "--window", "5", "--basis", "paper"]
SIMULATE = ["simulate", *FORM, "--size", "100", "--snr", "20", "--density", "0.1"]
OUTPUT = {"picks.csv", "particles.csv", "particles.star", "pick.json"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_environment: None) -> Path:
    """A working directory with a data set of two micrographs and its object."""
    monkeypatch.chdir(tmp_path)
    assert main([*SIMULATE, "--micrographs", "2", "--mrc", "--out", "d"]) == 0
    Path("e").mkdir()
    with np.load("d/truth.npz") as truth:
        np.save("e/coefficients.npy", truth["x"])
    return tmp_path


def command(out: str = "out", **changes: str) -> list[str]:
    """A command line with some of its values replaced."""
    sigma = repr(json.loads(Path("d/dataset.json").read_text())["sigma"])
    file = changes.pop("file", "d/measurement.npy")
    values = {"sigma": sigma, "estimate": "e", **changes}
    words = [word for name, value in values.items() for word in (f"--{name}", value)]
    return ["pick", file, *FORM, *words, "--out", out]


def test_what_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(command(placement="d/placement.npz", threads="2")) == 0
    assert {path.name for path in Path().iterdir()} == {"d", "e", "out"}
    assert {path.name for path in Path("out").iterdir()} == OUTPUT
    facts = json.loads(Path("out/pick.json").read_text())
    picks, particles = (pd.read_csv(f"out/{name}.csv") for name in ("picks", "particles"))
    assert len(picks) == facts["patches"] == 2 * 20**2
    assert len(particles) == facts["particles"]
    assert (picks["empty"] >= picks["probability"]).sum() == pytest.approx(facts["called_empty"], 2)
    assert (picks["corner_x"] == picks["patch_x"] + picks["shift_x"]).all()
    assert (particles["centre_y"] == particles["corner_y"] + 2).all()
    assert facts["scores"]["recall"] > 0.95
    assert facts["poses"] > 1
    printed = capsys.readouterr()
    assert f"{len(particles)} copies" in printed.out
    assert "recall" in printed.out

    with np.load("d/placement.npz") as placement:  # as the table has it: micrograph, row, column
        true = {
            (m, *c) for m, c in zip(placement["micrographs"], placement["corners"], strict=True)
        }
    found = set(
        particles[["micrograph", "corner_y", "corner_x"]].itertuples(index=False, name=None)
    )
    assert len(true & found) > 0.8 * len(true)


def test_scores_are_of_energy_where_the_object_is_told() -> None:
    """A patch can hold many samples of a copy and hardly any of its energy."""
    scores = {}
    for shown, told in {"samples": {}, "energy": {"truth": "d/truth.npz"}}.items():
        assert main(command(placement="d/placement.npz", **told)) == 0
        facts = json.loads(Path("out/pick.json").read_text())
        assert facts["shown"] == shown
        scores[shown] = facts["scores"]
    assert scores["energy"]["f1"] > scores["samples"]["f1"]
    assert scores["energy"]["recall"] == scores["samples"]["recall"]


def test_coordinates_for_other_programs() -> None:
    assert main(command(file="d/measurement.mrc")) == 0
    lines = Path("out/particles.star").read_text().partition("data_particles")[2].splitlines()
    labels = [line.split()[0] for line in lines if line.startswith("_")]
    assert labels[:3] == ["_rlnMicrographName", "_rlnCoordinateX", "_rlnCoordinateY"]
    rows = [line.split() for line in lines[lines.index("loop_") + 1 + len(labels) :]]
    particles = pd.read_csv("out/particles.csv")
    assert {row[0] for row in rows} == {"000001@measurement.mrc", "000002@measurement.mrc"}
    assert [float(row[1]) for row in rows] == particles["centre_x"].tolist()
    assert [float(row[2]) for row in rows] == particles["centre_y"].tolist()


def test_signals_have_no_coordinate_files() -> None:
    form = ["--space", "line", "--window", "6"]
    density = ["--size", "500", "--snr", "9", "--density", "0.2", "--out", "s"]
    assert main(["simulate", *form, *density]) == 0
    with np.load("s/truth.npz") as truth:
        np.save("x.npy", truth["x"])
    words = ["--sigma", "0.3", "--estimate", "x.npy", "--out", "out"]
    assert main(["pick", "s/measurement.npy", *form, *words]) == 0
    assert {path.name for path in Path("out").iterdir()} == OUTPUT - {"particles.star"}
    assert list(pd.read_csv("out/particles.csv")) == [
        *("micrograph", "corner_x", "centre_x", "probability")
    ]
    assert json.loads(Path("out/pick.json").read_text())["scores"] is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"file": "none.npy"}, "none.npy"),
        ({"file": "cut.npy"}, "cut.npy"),
        ({"estimate": "nowhere"}, "nowhere"),
        ({"estimate": "d"}, "coefficients.npy"),
        ({"estimate": "d/measurement.npy"}, "expected 10 finite coefficients"),
        ({"estimate": "nan.npy"}, "finite"),
        ({"sigma": "0"}, "sigma 0"),
        ({"sigma": "loud"}, "'loud'"),
        ({"window": "300"}, "window 300"),
        ({"space": "dics"}, "did you mean 'disc'?"),
        ({"basis": "fancy"}, "'fancy'"),
        ({"spacing": "tight"}, "spacing 'tight'"),
        ({"poses": "0"}, "poses 0"),
        ({"grids": "26"}, "grids 26: expected 1 to 25"),
        ({"subsamples": "0"}, "subsamples 0: expected at least 1"),
        ({"threads": "0"}, "threads 0"),
        ({"placement": "none.npz"}, "none.npz"),
        ({"placement": "cut.npz"}, "cut.npz"),
        ({"placement": "far.npz"}, "outside of the measurement"),
        ({"placement": "many.npz"}, "more than 2 micrographs"),
        ({"placement": "signal.npz"}, "outside of the measurement"),
        ({"placement": "ball.npz"}, "poses of shape (1, 4): expected (1, 1)"),
        ({"truth": "d/truth.npz"}, "without a placement"),
        ({"placement": "d/placement.npz", "truth": "none.npz"}, "none.npz"),
        ({"placement": "d/placement.npz", "truth": "d/placement.npz"}, "d/placement.npz"),
        ({"placement": "d/placement.npz", "truth": "cut.npz"}, "cut.npz"),
        ({"placement": "d/placement.npz", "truth": "nan.npy"}, "finite"),
    ],
)
def test_mistakes_are_one_line_and_no_file(
    capsys: pytest.CaptureFixture[str], changes: dict[str, str], words: str
) -> None:
    Path("cut.npy").write_bytes(Path("d/measurement.npy").read_bytes()[:-100])
    Path("cut.npz").write_bytes(Path("d/placement.npz").read_bytes()[:-100])
    np.save("nan.npy", np.full(10, np.nan))
    some = {"corners": np.zeros((1, 2), int), "poses": np.zeros((1, 1))}
    np.savez("far.npz", **{**some, "corners": np.array([[0, 96]])})
    np.savez("ball.npz", **{**some, "poses": np.zeros((1, 4))})
    np.savez("many.npz", **some, micrographs=np.array([2]))
    np.savez("signal.npz", **{**some, "corners": np.zeros((1, 1), int)})
    before = sorted(Path().rglob("*"))
    capsys.readouterr()
    assert main(command(**changes)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("mtdbench: ")
    assert printed.err.count("\n") == 1
    assert words in printed.err
    assert sorted(Path().rglob("*")) == before


def test_a_file_is_no_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(out="e/coefficients.npy")) == 2
    assert "expected a folder" in capsys.readouterr().err


def test_of_an_estimate_of_nothing_nothing_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    np.save("noise.npy", rng.standard_normal((100, 100)))
    options = ["--option", "n_init=1", "--out", "found"]
    assert main(["estimate", "noise.npy", *FORM, *options]) == 0
    facts = json.loads(Path("found/run.json").read_text())
    assert facts["found"] is False
    assert (facts["density"], facts["note"][:13]) == (0, "nothing found")
    assert facts["evidence"] < 0 < facts["density_error"]
    assert "density 0 +- " in capsys.readouterr().err

    for file in ("noise.npy", "d/measurement.npy"):  # whatever is in the measurement
        assert main(["pick", file, "--estimate", "found", "--out", "out"]) == 0
        printed = capsys.readouterr()
        assert printed.out.startswith("0 copies")
        assert "nothing found: the estimate" in printed.err
        assert len(pd.read_csv("out/particles.csv")) == 0


def test_of_a_real_object_nothing_is_listed_where_none_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sigma = json.loads(Path("d/dataset.json").read_text())["sigma"]
    np.save("noise.npy", sigma * np.random.default_rng(0).standard_normal((100, 100)))
    assert main(command(file="noise.npy", prepare="none")) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("0 copies")
    assert "nothing found: no copy of the estimate is seen" in printed.err


def test_copies_lie_between_samples_as_the_estimate_let_them() -> None:
    def asked(*words: str) -> tuple[int, float]:
        assert main([*command(), *words]) == 0
        facts = json.loads(Path("out/pick.json").read_text())
        return facts["subsamples"], facts["loglik"]

    once, twice = asked(), asked("--subsamples", "2")
    assert (once[0], twice[0]) == (1, 2)
    assert once[1] != twice[1]
    Path("e/run.json").write_text(json.dumps({"options": {"subsamples": 2}}))
    assert asked() == twice
    assert asked("--subsamples", "1") == once


def test_what_is_there_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--option", "n_init=1", "--out", "found"]
    assert main(["estimate", "d/measurement.npy", *FORM, *options]) == 0
    facts = json.loads(Path("found/run.json").read_text())
    assert facts["found"] is True
    assert facts["density"] == pytest.approx(0.1, abs=3 * facts["density_error"])
    assert "nothing found" not in capsys.readouterr().err
