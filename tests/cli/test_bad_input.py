"""Every mistake of a user's ends in one clear line on stderr and exit code 2, and in no file."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from mtdbench.cli import main

SWEEP = {"name": "a", "space": "line", "window": 5, "size": 100, "snr": 1, "density": 0.2}
STUDY = {"name": "s", "sweeps": [SWEEP], "estimators": [{"name": "zero"}]}
SPACE = ["--space", "line", "--window", "5"]
SIMULATE = ["simulate", *SPACE, "--size", "100", "--snr", "1", "--density", "0.2"]
ESTIMATE = ["estimate", "y.npy", *SPACE, "--sigma", "1", "--estimator", "zero"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_environment: None) -> Path:
    """A working directory with good and bad files in it."""
    monkeypatch.chdir(tmp_path)
    y = np.random.default_rng(0).normal(size=200).astype("f4")
    np.save("y.npy", y)
    Path("short.npy").write_bytes(Path("y.npy").read_bytes()[:-100])
    Path("header.npy").write_bytes(Path("y.npy").read_bytes()[:40])
    Path("empty.npy").touch()
    np.save("nan.npy", np.where(np.arange(200) == 150, np.nan, y))
    np.save("inf.npy", np.where(np.arange(200) == 150, np.inf, y))
    np.save("objects.npy", np.array([{}, 1], dtype=object), allow_pickle=True)
    np.save("complex.npy", y.astype(complex))
    np.save("volume.npy", np.zeros((20, 20, 20)))
    np.save("constant.npy", np.full(200, 7.0))
    Path("text.txt").write_text("1 2 3")
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that the command ends with."""
    before = sorted(Path.cwd().rglob("*"))
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("mtdbench: ")
    assert printed.err.count("\n") == 1
    assert sorted(Path.cwd().rglob("*")) == before
    return printed.err


def change(arguments: list[str], **values: str) -> list[str]:
    """A command line with some of its values replaced."""
    changed = list(arguments)
    for name, value in values.items():
        if f"--{name}" in changed:
            changed[changed.index(f"--{name}") + 1] = value
        else:
            changed += [f"--{name}", value]
    return [*changed, "--out", "out"]


@pytest.mark.parametrize("out", ["text.txt", "text.txt/below", "/proc/below"])
@pytest.mark.parametrize("command", [SIMULATE, ESTIMATE])
def test_a_folder_that_cannot_be_written_is_refused(
    capsys: pytest.CaptureFixture[str], command: list[str], out: str
) -> None:
    """Before the work: a file, what lies below one, and what stands for a read-only disk."""
    assert f"'{out}'" in refused(capsys, *command, "--out", out)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"snr": "0"}, "snr 0"),
        ({"snr": "-3"}, "snr -3"),
        ({"snr": "nan"}, "snr nan"),
        ({"snr": "loud"}, "'loud'"),
        ({"density": "-0.1"}, "density -0.1"),
        ({"density": "1.01"}, "density 1.01"),
        ({"density": "full"}, "density 'full'"),
        ({"window": "101"}, "window 101"),
        ({"window": "0"}, "window 0"),
        ({"space": "lien"}, "did you mean 'line'?"),
        ({"target": "file:none.npy"}, "none.npy"),
        ({"target": "asd2"}, "asd2"),
        ({"spacing": "tight"}, "spacing 'tight'"),
        ({"seed": "-1"}, "seed -1"),
        ({"micrographs": "0"}, "micrographs 0"),
        ({"micrographs": "two"}, "'two'"),
        ({"method": "ful"}, "method 'ful'"),
        ({"method": "full"}, "method 'full' with space 'line'"),
        ({"full-size": "65"}, "full_size 65"),
        ({"fault": "colour"}, "fault 'colour': expected NAME=NUMBER, such as colour=0.5"),
        ({"fault": "colour=red"}, "fault 'colour=red': expected NAME=NUMBER"),
        ({"fault": "colour=2"}, "fault colour = 2.0: expected a number in [0, 1)"),
        ({"fault": "color=0.2"}, "unknown fault 'color': did you mean 'colour'"),
    ],
)
def test_simulate(capsys: pytest.CaptureFixture[str], values: dict, words: str) -> None:
    assert words in refused(capsys, *change(SIMULATE, **values))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("none.npy", "none.npy"),
        ("short.npy", "short.npy"),
        ("header.npy", "header.npy"),
        ("empty.npy", "empty.npy"),
        ("nan.npy", "NaN"),
        ("inf.npy", "infinities"),
        ("objects.npy", "objects.npy"),
        ("complex.npy", "complex"),
        ("volume.npy", "(20, 20, 20)"),
        ("text.txt", ".tif, .tiff or .npy"),
        (".", "complex.npy"),
        ("constant.npy", "constant"),
    ],
)
def test_a_measurement_that_is_none(
    capsys: pytest.CaptureFixture[str], file: str, words: str
) -> None:
    arguments = ["estimate", file, *ESTIMATE[2:], "--out", "out"]
    assert words in refused(capsys, *arguments)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"estimator": "zeor"}, "did you mean 'zero'?"),
        ({"estimator": "em", "option": "pose=3"}, "did you mean 'poses'?"),
        ({"estimator": "em", "option": "poses=some"}, "'some'"),
        ({"estimator": "em", "option": "poses"}, "key=value"),
        ({"estimator": "oracle"}, "placement=FILE"),
        ({"estimator": "clean-moments"}, "truth=FILE"),
        ({"window": "500"}, "window 500 is larger than the measurement"),
        ({"sigma": "0"}, "sigma 0"),
        ({"sigma": "nan"}, "sigma nan"),
        ({"basis": "fancy"}, "'fancy'"),
        ({"seed": "-1"}, "seed -1"),
        ({"budget": "0"}, "budget 0"),
        ({"threads": "0"}, "threads 0"),
    ],
)
def test_estimate(capsys: pytest.CaptureFixture[str], values: dict, words: str) -> None:
    assert words in refused(capsys, *change(ESTIMATE, **values))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sweps": []}, "did you mean 'sweeps'?"),
        ({"sweeps": [{**SWEEP, "snrs": 1}]}, "did you mean 'snr'?"),
        ({"sweeps": [{**SWEEP, "snr": 0}]}, "snr 0"),
        ({"sweeps": [{**SWEEP, "density": 2}]}, "density 2"),
        ({"sweeps": [{**SWEEP, "window": 200}]}, "window 200"),
        ({"sweeps": [{**SWEEP, "micrographs": 0}]}, "micrographs = 0"),
        ({"sweeps": [{**SWEEP, "mrc": True}]}, "mrc with space 'line'"),
        ({"sweeps": [{**SWEEP, "method": "full"}]}, "method 'full' with space 'line'"),
        ({"estimators": [{"name": "oracel"}]}, "did you mean 'oracle'?"),
        ({"estimators": [{"name": "em", "options": {"init_": "x"}}]}, "did you mean 'init'?"),
    ],
)
def test_a_study(capsys: pytest.CaptureFixture[str], changes: dict, words: str) -> None:
    Path("study.yaml").write_text(yaml.safe_dump({**STUDY, **changes}))
    assert words in refused(capsys, "check", "study.yaml")


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "none.yaml"],
        ["check"],
        ["check", "--estimator", "nobody"],
        ["figures", "nowhere"],
        ["report", "nowhere"],
        ["table", "--study", "none.yaml"],
        ["estimate", "--out", "out"],
        ["estimate", "--study", "none.yaml", "--batch", "b", "--out", "out"],
        ["simulate", "--out", "out"],
        ["new-estimator", "zero"],
        ["new-estimator", "Not A Name"],
        ["simulat"],
        [],
    ],
    ids=" ".join,
)
def test_anything_else(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    refused(capsys, *arguments)
