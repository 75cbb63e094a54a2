"""The examples run as they stand, in an empty folder, and find what they look for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import mtdbench

EXAMPLES = Path(__file__).parents[1] / "examples"
LARGEST = {  # the words before an error, and the largest that it may be
    "signal_below_the_noise": {"error of EM": 0.3},
    "em_against_moments": {
        "SNR 2: error of em": 0.1,
        "SNR 8: error of em": 0.03,
        "SNR 8: error of autocorrelation": 0.2,
    },
    "volume_without_picking": {"error after 28 iterations": 0.1},
    "your_own_estimator": {"SNR 8: error of template matching": 0.03, "of EM": 0.03},
    "your_own_micrograph": {"error": 0.03},
}


def run(name: str, folder: Path, *arguments: str) -> str:
    """What an example prints."""
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_all_are_run() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(LARGEST)


@pytest.mark.long
@pytest.mark.parametrize("name", LARGEST)
def test_the_error_is_small_and_the_figure_is_drawn(name: str, tmp_path: Path) -> None:
    flag = ["--figure"] if name == "your_own_micrograph" else []
    printed = run(name, tmp_path, *flag, "figure.png")
    for words, largest in LARGEST[name].items():
        (first, *_) = re.findall(rf"{words}: ([\d.]+)", printed)
        assert float(first) < largest
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.long
def test_a_micrograph_of_ones_own(tmp_path: Path) -> None:
    data = mtdbench.simulate("disc", 5, size=300, snr=8, density=0.1, seed=1, folder=tmp_path / "d")
    printed = run("your_own_micrograph", tmp_path, "--file", "d/measurement.npy")
    assert "error" not in printed  # nobody has told it the truth
    rows = [line.split(",") for line in (tmp_path / "copies.csv").read_text().splitlines()[1:]]
    found = {(int(float(row[1])), int(float(row[2]))) for row in rows}
    placed = {tuple(corner) for corner in data.placement.corners.tolist()}
    assert len(found & placed) > 0.8 * len(placed)
