"""The one door through which every estimator comes, built-in or not.

An estimator is a function registered under the entry-point group `mtdbench.estimators` of any
installed package. Nothing is imported before an estimator is asked for by name, and nothing that a
package does wrong comes further than this: it ends as a `PluginError`.
"""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.metadata import Distribution, EntryPoint, distribution, distributions
from typing import Any

from mtdbench.errors import PluginError, unknown
from mtdbench.estimators.declaration import (
    Declaration,
    Estimator,
    declaration_of,
    is_reference,
)
from mtdbench.estimators.probe import import_fault
from mtdbench.estimators.signature import read_signature

GROUP = "mtdbench.estimators"
HOME = "mtdbench"
ENTRY_POINTS = "entry_points.txt"


@cache
def _entries() -> dict[str, tuple[EntryPoint, ...]]:
    """The entry points of each name: one, or those of several packages that claim it. The names of
    built-in estimators are theirs, whatever else is installed.
    """
    found: dict[str, list[EntryPoint]] = {}
    for package in _registering():
        with contextlib.suppress(Exception):  # named by `unreadable_packages`
            for entry in package.entry_points.select(group=GROUP):
                found.setdefault(entry.name, []).append(entry)
    return {
        name: tuple(e for e in entries if package_of(e) == HOME) or tuple(entries)
        for name, entries in found.items()
    }


def names() -> list[str]:
    """The names of all registered estimators, sorted."""
    return sorted(_entries())


def is_built_in(name: str) -> bool:
    """Whether the estimator of that name comes with this package."""
    return any(package_of(entry) == HOME for entry in _entries().get(name, ()))


def package_of(entry: EntryPoint) -> str:
    """The name of the package that an entry point comes from; empty where it does not say."""
    with contextlib.suppress(Exception):
        return entry.dist.name if entry.dist and entry.dist.name else ""
    return ""


def origin(name: str) -> str:
    """Where a registered estimator comes from: package and entry point, for messages."""
    places = [f"{package_of(e) or 'a package'} ({e.value})" for e in _entries()[name]]
    return " and ".join(sorted(places))


def unreadable_packages() -> dict[str, str]:
    """Installed packages whose entry points cannot be read, and why."""
    faults: dict[str, str] = {}
    for package in _packages():
        try:
            package.entry_points.select(group=GROUP)
        except Exception as error:
            faults[_name(package) or "a package without a name"] = f"{error}"
    return faults


def require(name: str) -> None:
    """Check that an estimator of that name is registered.

    Raises
    ------
    InputError
        If there is none; the message names the nearest match.
    """
    if name not in _entries():
        raise unknown("estimator", name, names())


def load(name: str) -> Estimator:
    """The estimator called `name`; what its package prints meanwhile goes to standard error.

    Raises
    ------
    InputError
        If there is none.
    PluginError
        If it cannot be imported, two packages claim the name, or it is no function of the form
        that `read_signature` expects.
    """
    require(name)
    entry, *others = _entries()[name]
    if others:
        raise PluginError(f"estimator '{name}' is claimed by {origin(name)}: expected one of them")
    try:
        with contextlib.redirect_stdout(sys.stderr):
            estimator: Any = entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # `sys.exit` too
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(f"estimator '{name}' cannot be imported ({reason})") from error
    if not callable(estimator):
        kind = type(estimator).__name__
        raise PluginError(f"estimator '{name}', {origin(name)}, is {kind}: expected a function")
    try:
        read_signature(estimator)
    except PluginError as error:
        raise PluginError(f"estimator '{name}', {origin(name)}, has {error}") from None
    found: Estimator = estimator
    return found


def load_safely(name: str) -> Estimator:
    """As `load`, for processes that must not break: what comes from another package is imported by
    a process of its own first, so that one that hangs or ends its process raises too.
    """
    require(name)
    if not is_built_in(name) and (fault := import_fault(name)):
        raise PluginError(fault)
    return load(name)


def declared(name: str) -> Declaration:
    """What the estimator called `name` declares, with `is_reference` settled.

    An estimator that is not installed, or cannot be imported, declares nothing and is no reference:
    a plan, a figure or a report does without it.
    """
    return _declared(name, _entries().get(name, ()))


@cache
def _declared(name: str, _: tuple[EntryPoint, ...]) -> Declaration:
    try:
        estimator = load_safely(name)
    except Exception:
        return Declaration(is_reference=False)
    return replace(declaration_of(estimator), is_reference=is_reference(estimator))


def _registering() -> Iterator[Distribution]:
    """The packages that register estimators; of two that have one name, the first of the path.

    The metadata of all others stay unread: to parse those of every package takes longer than to
    import NumPy.
    """
    for each in distributions():
        text = ""
        with contextlib.suppress(Exception):
            text = each.read_text(ENTRY_POINTS) or ""
        if GROUP in text and _is_first(each, text):
            yield each


def _is_first(package: Distribution, text: str) -> bool:
    with contextlib.suppress(Exception):
        return distribution(package.name).read_text(ENTRY_POINTS) == text
    return True


def _packages() -> Iterator[Distribution]:
    """Every installed package, the first of a name that the path has."""
    seen: set[str] = set()
    for each in distributions():
        name = _name(each).lower().replace("_", "-")
        if not name or name not in seen:
            seen.add(name)
            yield each


def _name(package: Distribution) -> str:
    with contextlib.suppress(Exception):
        return package.name or ""
    return ""
