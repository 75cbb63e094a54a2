"""`check` names the law that an estimator breaks, and accepts one that breaks none."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from mtdbench.cli import main
from mtdbench.errors import InputError
from mtdbench.plugins.checking import CheckVerdict, check_estimator

UNFAIR = Path(__file__).with_name("unfair.py")
NAMES = [
    name
    for name, thing in runpy.run_path(str(UNFAIR)).items()
    if getattr(thing, "__module__", "") == "<run_path>" and name not in ("burn", "zeros")
]
BROKEN = {
    "wrong_default": "declaration",
    "declines": "accepts",
    "too_long": "ends",
    "not_finite": "ends",
    "dies": "ends",
    "spoils": "ends",
    "varies": "repeats",
}
SLOW = ("too_long", "dies")
"""As `not_finite`; they need processes of their own."""
CASES = [pytest.param(n, marks=pytest.mark.system if n in SLOW else ()) for n in BROKEN]
BY_CONDUCT = {
    "searches": "truth",
    "litters": "files",
    "shouts": "output",
    "prepares": "setup",
    "leaves_a_process": "processes",
}


@pytest.fixture
def unfair(install) -> None:
    install("unfair", {name: f"unfair:{name}" for name in NAMES}, unfair=UNFAIR.read_text())


def broken_laws(name: str, **options) -> list[str]:
    results = check_estimator(name, settings=["line"], **options)
    return [result.law for result in results if not result.passed]


@pytest.mark.usefixtures("unfair")
class TestLaws:
    @pytest.mark.parametrize("name", CASES)
    def test_the_broken_law_is_named(self, name):
        assert broken_laws(name) == [BROKEN[name]]

    def test_one_that_follows_the_samples_to_the_truth_does_not_pass(self):
        """There is nothing to follow, or it is seen."""
        assert set(broken_laws("peeks")) & {"truth", "ends"}

    @pytest.mark.system
    @pytest.mark.parametrize("name", BY_CONDUCT)
    def test_the_law_that_conduct_breaks_is_named(self, name):
        assert BY_CONDUCT[name] in broken_laws(name)

    def test_a_fair_one_breaks_none_and_declines_what_it_is_not_made_for(self):
        results = list(check_estimator("fair", settings=["line", "disc"]))
        assert all(result.passed for result in results)
        (declined,) = [r.what for r in results if r.verdict is CheckVerdict.DECLINED]
        assert declined == "disc: space 'disc' for fair: expected line"

    @pytest.mark.system
    def test_volumes_are_tried(self):
        results = list(check_estimator("made_for_volumes", settings=["line", "ball"]))
        assert all(result.passed for result in results)
        assert any(result.what.startswith("ball-ends") for result in results)

    def test_results_are_told_when_they_are_known_and_a_hanging_run_is_announced(self):
        results = check_estimator("hangs", seconds=2.0, settings=["line", "disc"])
        assert next(results).law == "declaration"
        announced = next(results)
        assert announced.verdict is CheckVerdict.RUNNING
        assert "up to 2 s" in announced.what
        rest = list(results)
        assert "timeout" in rest[0].what
        assert not any("disc" in result.what for result in rest)

    def test_the_verb_prints_and_counts(self, capsys):
        assert main(["check", "--estimator", "wrong_default"]) == 1
        out = capsys.readouterr().out
        assert "FAILED    all-declaration: options of wrong_default: steps = 'three'" in out
        assert main(["check", "--estimator", "fair", "--option", "steps=3"]) == 2

    def test_what_does_not_exist_is_refused(self):
        with pytest.raises(InputError, match="unknown estimator"):
            list(check_estimator("nobody"))
        with pytest.raises(InputError, match="unknown setting"):
            list(check_estimator("fair", settings=["sphere"]))

    @pytest.mark.system
    def test_pytest_has_a_case_for_each_law(self, tmp_path):
        test = tmp_path / "test_it.py"
        test.write_text(
            "from mtdbench.plugins import conformance\n"
            "test_fair = conformance.law_tests('fair', settings=['line', 'disc'])\n"
            "test_varies = conformance.law_tests('varies', settings=['line'])\n"
        )
        command = [sys.executable, "-m", "pytest", "-vrs", "-p", "no:cacheprovider", str(test)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert "test_fair[line-repeats] PASSED" in done.stdout
        assert "test_fair[disc-repeats] SKIPPED" in done.stdout
        assert "disc: space 'disc' for fair: expected line" in done.stdout
        assert "test_fair[all-accepts] PASSED" in done.stdout
        assert "test_varies[line-repeats] FAILED" in done.stdout
        assert "test_varies[line-ends] PASSED" in done.stdout
        assert "1 failed" in done.stdout
        assert "Traceback" not in done.stdout
