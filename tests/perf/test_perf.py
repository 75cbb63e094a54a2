"""The command behind `make perf`."""

import subprocess
import sys

from mtdbench.perf.cases import CASES


def test_unknown_case_is_refused_in_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mtdbench.perf", "speed"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert all(case in done.stderr for case in ("speed", *CASES))
    assert not list(tmp_path.iterdir())
