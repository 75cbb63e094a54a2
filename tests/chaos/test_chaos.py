"""Whatever happens to a study, in the end its table is the one of a study left alone."""

import subprocess
import sys
from pathlib import Path

import pytest

SHORT = ("--kills", "5", "--trials", "2", "--snr", "4")
TOOL = Path(__file__).parents[2] / "tools" / "chaos.py"


@pytest.mark.system
def test_a_disturbed_study_ends_in_the_same_table(tmp_path: Path) -> None:
    """The short form; `python tools/chaos.py` is the long one."""
    done = subprocess.run(
        [sys.executable, str(TOOL), *SHORT, "--keep", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "after the kills: all 6 rows once, and the same" in done.stdout
