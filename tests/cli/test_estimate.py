"""An estimator on a user's own file."""

import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mtdbench.cli import main
from mtdbench.files import read_array

FORM = ["--space", "line", "--window", "6", "--sigma", "1"]
UNTESTED = ["--option", "null_test=false"]  # the test finds nothing in so few samples


@pytest.fixture(autouse=True)
def folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plugins: Path, own_environment: None
) -> Path:
    """A working directory with a measurement in it."""
    monkeypatch.chdir(tmp_path)
    np.save("y.npy", np.random.default_rng(0).normal(size=200).astype("f4"))
    return tmp_path


def test_what_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--estimator", "good", *UNTESTED, "--option", "steps=4"]
    arguments += ["--seed", "7", "--out", "out"]
    assert main(["estimate", "y.npy", *FORM, *arguments]) == 0
    facts = json.loads(Path("out/run.json").read_text())
    assert facts["status"] == "converged"
    assert facts["options"] == {"steps": 4, "null_test": False}
    assert (facts["seed"], facts["iterations"], facts["objective"]) == (7, 4, 3.0)
    assert {"reason", "seconds", "versions"} <= facts.keys()
    x = read_array(Path("out/coefficients.npy"))
    np.testing.assert_array_equal(x, read_array(Path("out/estimate.npy")))
    assert Path("out/estimate.png").read_bytes().startswith(b"\x89PNG")
    log = capsys.readouterr().err
    assert "converged" in log
    assert "objective 3" in log


def test_the_same_seed_gives_the_same_estimate() -> None:
    for seed, out in (("7", "a"), ("7", "b"), ("8", "c")):
        arguments = ["--estimator", "good", *UNTESTED, "--seed", seed, "--out", out]
        assert main(["estimate", "y.npy", *FORM, *arguments]) == 0
    a, b, c = (read_array(Path(out, "coefficients.npy")) for out in "abc")
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()


def test_an_mrc_file_is_a_measurement() -> None:
    import mrcfile

    y = np.random.default_rng(0).normal(size=(40, 40)).astype("f4")
    with mrcfile.new("y.mrc") as file:
        file.set_data(y)
    np.save("plane.npy", y)
    for name in ("y.mrc", "plane.npy"):
        form = ["--space", "disc", "--window", "5", "--estimator", "good"]
        form += [*UNTESTED, "--out", name + ".out"]
        assert main(["estimate", name, *form]) == 0
    a, b = (read_array(Path(f"{name}.out/estimate.npy")) for name in ("y.mrc", "plane.npy"))
    assert a.shape == (5, 5)
    np.testing.assert_array_equal(a, b)


def test_a_volume_is_written_as_mrc_after_every_kept_snapshot_and_at_the_end() -> None:
    import mrcfile

    np.save("y.npy", np.random.default_rng(0).normal(size=(30, 30)).astype("f4"))
    Path("out/snapshots").mkdir(parents=True)
    Path("out/snapshots/0099.mrc").write_text("of a run before this one")
    Path("out/snapshots/mine.mrc").write_text("not ours")
    form = ["--space", "ball", "--window", "5", "--estimator", "good", *UNTESTED, "--out", "out"]
    assert main(["estimate", "y.npy", *form]) == 0
    volume = read_array(Path("out/estimate.npy"))
    assert volume.shape == (5, 5, 5)
    np.testing.assert_array_equal(read_array(Path("out/estimate.mrc")), volume.astype("f4"))
    assert Path("out/estimate.png").read_bytes().startswith(b"\x89PNG")
    names = {path.name for path in Path("out/snapshots").iterdir()}
    assert {"0001.mrc", "mine.mrc"} <= names <= {"mine.mrc", *(f"000{i}.mrc" for i in (1, 2, 3))}
    for name in names - {"mine.mrc"}:
        assert mrcfile.validate(f"out/snapshots/{name}")
    assert mrcfile.validate("out/estimate.mrc")


def test_where_copies_may_touch_their_separations_are_written() -> None:
    arguments = ["--estimator", "em", "--option", "n_init=1", "--option", "iterations=3"]
    arguments += [*UNTESTED, "--spacing", "arbitrary", "--threads", "1", "--out", "out"]
    assert main(["estimate", "y.npy", *FORM, *arguments]) == 0
    found = json.loads(Path("out/run.json").read_text())["separations"]
    assert found["displacements"] == [[6], [7], [8], [9], [10]]
    assert all(0 <= xi <= 1 for xi in found["xi"]) and len(found["xi"]) == 5


@pytest.mark.parametrize("estimator", ["good", "autocorrelation"])
def test_of_noise_alone_nothing_is_said_by_any_estimator(
    estimator: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also by one of another package, which knows nothing of the test."""
    assert main(["estimate", "y.npy", *FORM, "--estimator", estimator, "--out", "out"]) == 0
    facts = json.loads(Path("out/run.json").read_text())
    assert facts["found"] is False
    assert (facts["density"], facts["note"][:13]) == (0, "nothing found")
    assert facts["evidence"] < 0 < facts["density_error"]
    assert facts["options"]["null_test"] is True
    assert not read_array(Path("out/coefficients.npy")).any()
    assert "nothing found: evidence" in capsys.readouterr().err
    assert main(["pick", "y.npy", *FORM, "--estimate", "out", "--out", "picked"]) == 0
    assert capsys.readouterr().out.startswith("0 copies")


def test_references_are_not_tested(capsys: pytest.CaptureFixture[str]) -> None:
    for estimator in ("zero", "declares"):
        arguments = [*FORM, "--estimator", estimator, "--out", estimator]
        assert main(["estimate", "y.npy", *arguments]) == 0
        facts = json.loads(Path(estimator, "run.json").read_text())
        assert facts["found"] is None
        assert "null_test" not in facts["options"]
        assert main(["estimate", "y.npy", *arguments, "--option", "null_test=true"]) == 2
        assert "null_test" in capsys.readouterr().err.splitlines()[-1]


def test_signals_have_no_mrc_files() -> None:
    assert main(["estimate", "y.npy", *FORM, "--estimator", "good", "--out", "out"]) == 0
    assert not list(Path("out").rglob("*.mrc"))
    assert not Path("out/snapshots").exists()


def test_a_run_that_fails_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--estimator", "not_an_estimate", "--out", "out"]
    assert main(["estimate", "y.npy", *FORM, *arguments]) == 1
    facts = json.loads(Path("out/run.json").read_text())
    assert (facts["status"], facts["reason"]) == (
        "crashed", "TypeError: yielded NoneType: expected an Estimate",
    )  # fmt: skip
    assert {path.name for path in Path("out").iterdir()} == {"run.json", "preparation.png"}
    assert "crashed" in capsys.readouterr().err


def test_an_oracle_is_told_where_the_copies_lie() -> None:
    simulated = ["--size", "500", "--snr", "9", "--density", "0.2", *FORM[:4], "--out", "d"]
    assert main(["simulate", *simulated]) == 0
    told = ["--estimator", "oracle", "--option", "placement=d/placement.npz", "--out", "out"]
    assert main(["estimate", "d/measurement.npy", *FORM, *told]) == 0
    with np.load("d/truth.npz") as truth:
        error = np.abs(read_array(Path("out/estimate.npy")) - truth["x"]).max()
    assert error < 0.4


def test_an_interrupted_run_writes_what_there_is() -> None:
    command = [sys.executable, "-m", "mtdbench", "estimate", "y.npy", *FORM]
    process = subprocess.Popen(
        [*command, "--estimator", "hangs", "--out", "out"],
        stderr=subprocess.PIPE,
        text=True,
        # A shell ignores interrupts in what it starts in the background, tests included.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr
    assert any("hangs" in line for line in iter(process.stderr.readline, ""))
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    process.stderr.close()
    facts = json.loads(Path("out/run.json").read_text())
    assert (facts["status"], facts["reason"]) == ("budget", "interrupted by the user")
    np.testing.assert_array_equal(read_array(Path("out/estimate.npy")), np.ones(6))
