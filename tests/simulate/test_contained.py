"""Aspire comes in without its side effects."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import logging, os, sys, warnings
logging.basicConfig(level=logging.WARNING)
root = logging.getLogger()
other = logging.getLogger("other")
def state():
    return (sys.excepthook, root.handlers[:], root.level, os.environ.copy(), os.getcwd(),
            warnings.filters[:], other.disabled)
from mtdbench.simulate.synthetic import synthetic
before = state()
assert "aspire" not in sys.modules, "imported before it is needed"
synthetic(11, "c4")
assert "aspire" in sys.modules
assert state() == before
from mtdbench.simulate.contained import aspire
assert aspire("volume") is sys.modules["aspire.volume"]
assert state() == before
logging.getLogger("other").warning("still heard")
"""


def test_import_leaves_nothing_behind(tmp_path: Path) -> None:
    names = ("here", "home", "temporary")
    here, home, temporary = (tmp_path / name for name in names)
    for folder in (here, home, temporary):
        folder.mkdir()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "ASPIRE"))},
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "MPLCONFIGDIR": str(tmp_path / "mpl"),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=here,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr == "WARNING:other:still heard\n"
    assert [path for name in names for path in (tmp_path / name).rglob("*")] == []
