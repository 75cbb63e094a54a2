"""What an estimator declares about itself, beside what its signature says."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mtdbench.estimators.workload import Workload
from mtdbench.model.measurement import Estimate

Estimator = Callable[..., Iterator[Estimate]]
OperationCount = Callable[[Workload, Mapping[str, Any]], float]
"""Operations of one run, roughly, from its workload and all of its options; a number in proportion
to its time is enough, since `mtdbench plan --calibrate` measures what an operation takes."""

PRIVILEGED = ("placement", "truth")  # what a simulation knows and a user does not
_Declared = TypeVar("_Declared", bound=Estimator)


@dataclass(frozen=True, slots=True)
class Declaration:
    """Facts about an estimator that plan, figures and report read.

    Attributes
    ----------
    cost : function or None
        Operations of a run, see `OperationCount`; None where they are not declared, and a plan
        takes the samples of the measurement for them.
    is_reference : bool or None
        Whether it gives the errors of others a scale and is no competitor; None leaves it to the
        signature, see `is_reference`.
    carries : frozenset of str
        Features of the forward model, beside the trivial one, that the estimator accounts for, see
        `mtdbench.model.forward.ForwardModel.features`; a measurement with any other is declined.
    renamed : mapping of str to str
        Options that had another name once: the old one and the present one.
    """

    cost: OperationCount | None = None
    is_reference: bool | None = None
    carries: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)


def declare(
    *,
    cost: OperationCount | None = None,
    is_reference: bool | None = None,
    carries: Iterable[str] = (),
    renamed: Mapping[str, str] | None = None,
) -> Callable[[_Declared], _Declared]:
    """A decorator that attaches a `Declaration` to an estimator, which stays the same function."""

    def attach(estimator: _Declared) -> _Declared:
        estimator.__dict__["declaration"] = Declaration(
            cost, is_reference, frozenset(carries), dict(renamed or {})
        )
        return estimator

    return attach


def declaration_of(estimator: Estimator) -> Declaration:
    """What an estimator declares; the defaults where it declares nothing."""
    declaration = getattr(estimator, "declaration", None)
    return declaration if isinstance(declaration, Declaration) else Declaration()


def privileged_inputs(estimator: Estimator) -> tuple[str, ...]:
    """What the estimator asks to be told by keyword parameters of that name: `placement`, where the
    copies lie, `truth`, the coefficients of the object.
    """
    parameters = inspect.signature(estimator).parameters
    return tuple(name for name in PRIVILEGED if name in parameters)


def is_reference(estimator: Estimator) -> bool:
    """Whether it gives the errors of others a scale: as declared, else if it is told anything."""
    declared = declaration_of(estimator).is_reference
    return bool(privileged_inputs(estimator)) if declared is None else declared
