"""The one door through which every estimator comes, built-in or not.

An estimator is a function registered under the entry-point group `mtdbench.estimators` of any
installed package. Nothing is imported before an estimator is asked for by name.
"""

from dataclasses import replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from mtdbench.errors import unknown
from mtdbench.estimators.declaration import (
    Declaration,
    Estimator,
    declaration_of,
    is_reference,
)

GROUP = "mtdbench.estimators"


@cache
def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def names() -> list[str]:
    """The names of all registered estimators, sorted."""
    return sorted(_entries())


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
    """The estimator called `name`; whatever its import raises is passed on."""
    require(name)
    estimator: Estimator = _entries()[name].load()
    return estimator


def declared(name: str) -> Declaration:
    """What the estimator called `name` declares, with `is_reference` settled.

    An estimator that is not installed, or cannot be imported, declares nothing and is no reference:
    a plan, a figure or a report does without it.
    """
    try:
        estimator = load(name)
    except Exception:
        return Declaration(is_reference=False)
    return replace(declaration_of(estimator), is_reference=is_reference(estimator))


def is_built_in(name: str) -> bool:
    """Whether the estimator of that name is one of this package's own; nothing is imported."""
    return name in _entries() and _entries()[name].module.startswith("mtdbench.")
