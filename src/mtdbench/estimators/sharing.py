"""Estimators that several processes run together."""

from functools import cache
from typing import TYPE_CHECKING

from mtdbench.errors import InputError
from mtdbench.estimators import registry
from mtdbench.estimators.declaration import Estimator
from mtdbench.estimators.probe import probe
from mtdbench.estimators.signature import read_signature

if TYPE_CHECKING:
    from mtdbench.ranks.communicator import Ranks

SHARING = "ranks"  # the parameter of an estimator that shares its work; it is no option


def shares_work(estimator: Estimator) -> bool:
    """Whether several processes may run it together: it then has a keyword parameter `ranks`, which
    is given `mtdbench.ranks.communicator.Ranks`, and divides what it reads among them.
    """
    return SHARING in read_signature(estimator).parameters


OWN_SHARING = frozenset({"autocorrelation", "characteristic", "em"})
"""Those of this package that do; a plan need not import them to know."""


@cache
def can_share(name: str) -> bool:
    """Whether the estimator called `name` shares its work. One of another package is imported by a
    process of its own to find out; one that cannot be does not.
    """
    if registry.is_built_in(name):
        return name in OWN_SHARING
    ((_, facts),) = probe([name])
    return bool(facts.get("shares_work"))


def shared_inputs(name: str, estimator: Estimator, ranks: "Ranks") -> "dict[str, Ranks]":
    """What an estimator is called with so that these ranks share its work.

    Raises
    ------
    InputError
        If there are several ranks, and it has no way to share its work.
    """
    if shares_work(estimator):
        return {SHARING: ranks}
    if ranks.size > 1:
        raise InputError(
            f"estimator '{name}' with {ranks.size} ranks: expected one that shares its work, as"
            " em does"
        )
    return {}
