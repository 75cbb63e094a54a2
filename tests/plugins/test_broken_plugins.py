"""Whatever an installed package does wrong, it is named, and nothing else suffers."""

import subprocess
import sys
from pathlib import Path

import pytest

from mtdbench.cli import main
from mtdbench.errors import PluginError
from mtdbench.estimators import registry
from mtdbench.estimators.declaration import Declaration
from mtdbench.estimators.probe import import_fault, probe

GOOD = """
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from collections.abc import Iterator
    import numpy as np
    from mtdbench import Estimate, Measurement
    from nowhere import Thing

print("a plugin may print when it is imported")

def good(measurement: Measurement, rng: np.random.Generator, *, steps: int = 3, thing: Thing = None
) -> Iterator[Estimate]:
    '''Types that only a type checker sees.'''
    yield
"""
ODD = """
number = 7
def none(): yield
def one(measurement): yield
def three(measurement, rng, third, *, steps=1): yield
def bare(measurement, rng, *args, steps=1): yield
def unserialisable(measurement, rng, *, thing=object(), function=lambda: 1): yield
class Stubborn:
    def __repr__(self): raise RuntimeError("no words")
def stubborn(measurement, rng, *, thing=Stubborn()): yield
class Secret:
    __signature__ = "none"
    def __call__(self, measurement, rng): yield
secret = Secret()
def reserved(measurement, rng, *, copy=1, json="x", model_config=2, _under=3, self=4): yield
"""
IMPORTS = {
    "exits": "import sys; sys.exit(0)",
    "ends": "import os; os._exit(0)",
    "raises": "raise BaseException('no\\nway')",
    "falls": "import ctypes; ctypes.string_at(0)",
    "hangs": "import time\nwhile True: time.sleep(1)",
    "surrogate": "raise ValueError('a lone \\ud800 surrogate')",
}
ENTRIES = {
    **{name: f"odd:{name}" for name in ("number", "none", "one", "three", "bare", "stubborn")},
    **{name: f"odd:{name}" for name in ("unserialisable", "secret", "reserved", "missing")},
    **{name: f"{name}_module:it" for name in IMPORTS},
    "nowhere": "no_such_module:it",
    "garbled": "!! no module !!",
    "good": "good_module:good",
}
BROKEN = {
    "number": "is int: expected a function",
    "none": "the signature (): expected def NAME(measurement, rng",
    "one": "the signature (measurement)",
    "three": "the parameter 'third' comes before the asterisk",
    "stubborn": "no words",
    "secret": "a signature that cannot be read",
    "missing": "has no attribute 'missing'",
    "exits": "SystemExit: 0",
    "ends": "ended its process with exit code 0",
    "raises": "BaseException: no way",
    "falls": "ended its process with exit code -11",
    "hangs": "it took more than",
    "surrogate": "a lone ? surrogate",
    "nowhere": "No module named 'no_such_module'",
    "garbled": "cannot be imported",
}


@pytest.fixture
def odd_plugins(install) -> Path:
    modules = {f"{name}_module": text for name, text in IMPORTS.items()}
    install("first", ENTRIES, odd=ODD, good_module=GOOD, **modules)
    install("second", {"shared": "good_module:good", "zero": "odd:bare"})
    install("third", {"shared": "odd:bare"})
    return install("fourth", "[mtdbench.estimators]\nno entry point\n")


def test_list_names_every_broken_plugin(odd_plugins, capsys):
    assert main(["list", "--seconds", "6"]) == 0
    out = capsys.readouterr().out
    lines = {line.split(":")[0].strip(): line for line in out.splitlines()}
    for name, words in BROKEN.items():
        assert "broken" in lines[name], name
        assert words in lines[name], name
    assert "claimed by second (good_module:good) and third (odd:bare)" in lines["shared"]
    assert "package fourth: its entry points cannot be read" in out
    assert lines["zero"] == "  zero: " + registry.load("zero").__doc__.splitlines()[0]
    assert "good: Types that only a type checker sees." in out
    assert "    steps: int = 3" in out
    assert "a plugin may print" not in out
    assert "disc" in out.splitlines()[-3]


def test_a_broken_plugin_costs_a_plan_nothing(odd_plugins):
    for name in ("ends", "number"):
        assert registry.declared(name) == Declaration(is_reference=False)
    for name in ("exits", "shared", "number", "one", "garbled"):
        with pytest.raises(PluginError) as caught:
            registry.load(name)
        assert f"'{name}'" in str(caught.value)


def test_a_built_in_name_is_not_taken(odd_plugins):
    assert registry.is_built_in("zero")
    assert registry.load("zero").__module__.startswith("mtdbench.")


def test_an_import_that_hangs_is_left(odd_plugins):
    assert "it took more than 2 s" in import_fault("hangs", 2.0)


def test_after_a_broken_one_the_others_are_answered(odd_plugins):
    facts = dict(probe(["ends", "good", "exits", "bare"]))
    assert [("fault" in facts[name]) for name in facts] == [True, False, True, False]


def test_what_was_imported_once_is_known_to_the_processes_that_follow(odd_plugins, monkeypatch):
    monkeypatch.setenv("MTDBENCH_IMPORTED", "")
    assert import_fault("good") == ""
    code = (
        "import mtdbench.estimators.probe as p; p.probe = None\nassert p.import_fault('good') == ''"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_study_of_a_broken_plugin_does_not_pass(odd_plugins, tmp_path, capsys):
    path = tmp_path / "s.yaml"
    sweep = "{name: a, space: line, window: 5, size: 50, snr: 1, density: 0.2}"
    names = "[{name: exits}, {name: zero}, {name: ends}, {name: good}]"
    path.write_text(f"{{name: s, estimators: {names}, sweeps: [{sweep}]}}")
    assert main(["check", str(path)]) == 2
    *_, line = capsys.readouterr().err.splitlines()  # a plugin may print
    assert "'exits'" in line
    assert "'ends'" in line
    assert "'good'" not in line


def test_a_plan_of_a_broken_plugin_is_made(odd_plugins, tmp_path, capsys):
    """Its runs become rows that say so: the workflow plans them."""
    path = tmp_path / "s.yaml"
    sweep = "{name: a, space: line, window: 5, size: 50, snr: 1, density: 0.2}"
    path.write_text(f"{{name: s, estimators: [{{name: ends}}], sweeps: [{sweep}]}}")
    assert main(["plan", str(path)]) == 0
    assert "ends" in capsys.readouterr().out
