"""The strip of the README is drawn by the command that stands beside it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

STRIP = Path(__file__).parents[1] / "docs" / "strip.py"


@pytest.mark.long
def test_it_is_drawn_for_light_and_for_dark_pages(tmp_path: Path) -> None:
    command = [sys.executable, str(STRIP), str(tmp_path), "--size", "250"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [line.split(":")[0] for line in done.stdout.splitlines()][-3:] == [
        "truth", "picker, told truth", "picker, told “T”",
    ]  # fmt: skip
    for shape in ("", "-narrow"):
        light, dark = (imread(tmp_path / f"strip{shape}{page}.png") for page in ("", "-dark"))
        assert light.shape == dark.shape
        np.testing.assert_allclose(light[0, 0, :3], 1)
        assert dark[0, 0, :3].max() < 0.1
