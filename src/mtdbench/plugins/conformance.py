"""The test that every estimator has to pass, built-in or not.

`mtdbench check --estimator NAME` runs it, and so does a file of tests of a plugin, with one test of
pytest for each law:

    from mtdbench.plugins import conformance

    test_contract = conformance.law_tests("my-method")
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from mtdbench.plugins.check_data import SETTINGS
from mtdbench.plugins.checking import (
    CHECK_SECONDS,
    CheckResult,
    CheckVerdict,
    check_estimator,
    check_setting,
    declaration_fault,
)
from mtdbench.plugins.laws import FIRST_LAWS, LATER_LAWS

__all__ = ["SETTINGS", "CheckResult", "CheckVerdict", "check_estimator", "law_tests"]


def law_tests(
    name: str,
    *,
    seconds: float = CHECK_SECONDS,
    options: Mapping[str, Any] | None = None,
    settings: Sequence[str] = tuple(SETTINGS),
) -> Callable[[str, str], None]:
    """A test function for pytest, with one case for each law and setting, such as `line-repeats`.

    The cases of a setting that the estimator declines are skipped. The arguments are those of
    `check_estimator`.
    """
    import pytest

    @cache
    def results(setting: str) -> dict[str, CheckResult]:
        return {r.law: r for r in check_setting(name, setting, seconds, options or {})}

    def judge(setting: str, law: str) -> None:
        found = results(setting)
        if law not in found:
            pytest.skip(found["accepts" if "accepts" in found else "ends"].what)
        if not found[law].passed:
            pytest.fail(found[law].what, pytrace=False)

    def test_law(setting: str, law: str) -> None:
        """One law on one setting."""
        if fault := declaration_fault(name):
            pytest.fail(fault, pytrace=False)
        if law in ALL_LAWS:
            judge(setting, law)
        elif law == "accepts" and all("accepts" in results(each) for each in settings):
            pytest.fail("it declines everything", pytrace=False)

    cases = [("all", "declaration"), ("all", "accepts")]
    cases += [(setting, law) for setting in settings for law in ALL_LAWS]
    ids = [f"{setting}-{law}" for setting, law in cases]
    return pytest.mark.parametrize(("setting", "law"), cases, ids=ids)(test_law)


ALL_LAWS = {**FIRST_LAWS, **LATER_LAWS}
"""All laws by name."""
