"""Runs an estimator on small data of every kind and judges what it does, law by law."""

import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from mtdbench.errors import InputError, unknown
from mtdbench.estimators import registry
from mtdbench.estimators.declaration import privileged_inputs
from mtdbench.estimators.options import convert_options, read_options
from mtdbench.estimators.probe import probe
from mtdbench.plugins.check_data import SETTINGS, make_check_data
from mtdbench.plugins.laws import FIRST_LAWS, LATER_LAWS, LawOfConduct
from mtdbench.plugins.observation import Face, Observation, make_check
from mtdbench.run.status import Status

CHECK_SECONDS = 60.0


class CheckVerdict(StrEnum):
    """Of one thing that is looked at."""

    RUNNING = "running"
    OK = "ok"
    DECLINED = "declined"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A law on a data set, and what was seen; `what` is for people."""

    verdict: CheckVerdict
    law: str
    what: str

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.verdict is not CheckVerdict.FAILED


def check_estimator(
    name: str,
    *,
    seconds: float = CHECK_SECONDS,
    options: Mapping[str, Any] | None = None,
    settings: Sequence[str] = tuple(SETTINGS),
) -> Iterator[CheckResult]:
    """Run an estimator on small data as a study does, and say whether it keeps every law, as soon
    as it is known.

    It need not be accurate. It may decline settings, by the spaces that it declares or by an
    `InputError`, but not all of them. One that comes to no end is tried no further.

    Parameters
    ----------
    name : str
        Registered name.
    seconds : float
        Wall seconds that each run may take.
    options : mapping or None
        Options of all runs.
    settings : sequence of str
        Names of `SETTINGS`.

    Raises
    ------
    InputError
        If no such estimator is registered, or an option or a setting is not valid.
    """
    registry.require(name)
    fault = declaration_fault(name)
    yield _result("declaration", "all-declaration", fault, "it is found, and its options are typed")
    if fault:
        return
    convert_options(name, registry.load(name), options or {})
    accepted = False
    for setting in settings:
        seen = yield from check_setting(name, setting, seconds, options or {})
        accepted = accepted or not seen.declined
        if seen.first.status is Status.TIMEOUT:
            return
    if not accepted:
        yield CheckResult(CheckVerdict.FAILED, "accepts", "it declines everything")


def declaration_fault(name: str) -> str:
    """What is wrong with an estimator before it is run: its import, its signature, a default of
    another type than its option; empty where nothing is.
    """
    try:
        estimator = registry.load_safely(name)
        for option in read_options(estimator)[0].values():
            if not option.is_required:
                option.convert(option.default, name)
    except InputError as error:
        return str(error)
    return ""


def check_setting(
    name: str, setting: str, seconds: float, options: Mapping[str, Any]
) -> Generator[CheckResult, None, Observation]:
    """All laws on one data set; what was seen is returned.

    Raises
    ------
    InputError
        If there is no such setting.
    """
    if setting not in SETTINGS:
        raise unknown("setting", setting, SETTINGS)
    face = _face(name)
    with tempfile.TemporaryDirectory() as folder:
        data = make_check_data(SETTINGS[setting], Path(folder))
        check = make_check(face, SETTINGS[setting], data, options, seconds)
        yield _running(f"{setting}: a first run, up to {seconds:g} s")
        seen = check.first()
        if seen.declined:
            what = f"{setting}: {seen.first.reason.partition(': ')[2]}"
            yield CheckResult(CheckVerdict.DECLINED, "accepts", what)
            return seen
        yield from _judged(setting, seen, FIRST_LAWS)
        if not seen.first.status.failed:
            yield _running(f"{setting}: two more runs, up to {2 * seconds:g} s")
            seen = check.repeat(seen)
            yield from _judged(setting, seen, LATER_LAWS)
        elif LATER_LAWS["truth"](seen):  # why it failed, perhaps
            yield from _judged(setting, seen, {"truth": LATER_LAWS["truth"]})
    return seen


@cache
def _face(name: str) -> Face:
    """What is known of an estimator that can be used."""
    told = bool(privileged_inputs(registry.load_safely(name)))
    if registry.is_built_in(name):
        return Face(name, told)
    ((_, facts),) = probe([name])
    return Face(name, told, float(facts["import_seconds"]))


def _judged(
    setting: str, seen: Observation, laws: Mapping[str, LawOfConduct]
) -> Iterator[CheckResult]:
    for name, law in laws.items():
        promise = " ".join((law.__doc__ or "").split()).rstrip(".")
        yield _result(name, f"{setting}-{name}", law(seen), promise[:1].lower() + promise[1:])


def _result(law: str, where: str, fault: str, promise: str) -> CheckResult:
    verdict = CheckVerdict.FAILED if fault else CheckVerdict.OK
    return CheckResult(verdict, law, f"{where}: {fault or promise}")


def _running(what: str) -> CheckResult:
    return CheckResult(CheckVerdict.RUNNING, "", what)
