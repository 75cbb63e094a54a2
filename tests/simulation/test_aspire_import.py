"""Aspire comes in without its side effects."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

SCRIPT = """
import logging, os, sys, warnings
logging.basicConfig(level=logging.WARNING)
root = logging.getLogger()
other = logging.getLogger("other")
def state():
    return (sys.excepthook, root.handlers[:], root.level, os.environ.copy(), os.getcwd(),
            warnings.filters[:], other.disabled)
from mtdbench.simulation.targets.synthetic import synthetic
before = state()
assert "aspire" not in sys.modules, "imported before it is needed"
synthetic(11, "c4")
assert "aspire" in sys.modules
assert state() == before
from mtdbench.simulation.targets.aspire_import import aspire
assert aspire("volume") is sys.modules["aspire.volume"]
assert state() == before
logging.getLogger("other").warning("still heard")
"""


def test_import_leaves_nothing_behind(python_alone: Callable[..., Any], tmp_path: Path) -> None:
    done = python_alone("-c", SCRIPT)
    assert done.stdout == ""
    assert done.stderr == "WARNING:other:still heard\n"
    for name in ("here", "home"):
        assert list((tmp_path / name).iterdir()) == []
