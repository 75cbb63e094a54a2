"""What an estimator declares about itself, beside what its signature says."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from mtdbench.errors import unknown
from mtdbench.estimators.signature import read_signature

if TYPE_CHECKING:
    from mtdbench.estimators.workload import Workload
    from mtdbench.model.measurement import Estimate

Estimator = Callable[..., Iterator["Estimate"]]
OperationCount = Callable[["Workload", Mapping[str, Any]], float]
"""Operations of one run, roughly, from its workload and all of its options; a number in proportion
to its time is enough, since `mtdbench plan --calibrate` measures what an operation takes."""

Lacking = Callable[[str, str], Iterable[str]]
"""From the name of a space and a spacing to the features that are not carried there."""

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
    lacks : function or None
        Which of them it does not account for in every space, or with every spacing.
    renamed : mapping of str to str
        Options that had another name once: the old one and the present one.
    spaces : frozenset of str or None
        The spaces that it is made for, of `mtdbench.spaces.SPACES`; a measurement of any other is
        declined. None for all of them.
    """

    cost: OperationCount | None = None
    is_reference: bool | None = None
    carries: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)
    spaces: frozenset[str] | None = None
    lacks: Lacking | None = None

    def declines(self, space: str) -> bool:
        """Whether a measurement of that space is declined."""
        return self.spaces is not None and space not in self.spaces

    def carried(self, space: str, spacing: str) -> frozenset[str]:
        """The features that it accounts for in measurements of that space and spacing."""
        return self.carries.difference(self.lacks(space, spacing) if self.lacks else ())


def declare(
    *,
    cost: OperationCount | None = None,
    is_reference: bool | None = None,
    carries: Iterable[str] = (),
    renamed: Mapping[str, str] | None = None,
    spaces: Iterable[str] | None = None,
    lacks: Lacking | None = None,
) -> Callable[[_Declared], _Declared]:
    """A decorator that attaches a `Declaration` to an estimator, which stays the same function.

    Raises
    ------
    InputError
        If a space is none.
    """
    made_for = None if spaces is None else _checked(spaces)

    def attach(estimator: _Declared) -> _Declared:
        estimator.__dict__["declaration"] = Declaration(
            cost, is_reference, frozenset(carries), dict(renamed or {}), made_for, lacks
        )
        return estimator

    return attach


def _checked(spaces: Iterable[str]) -> frozenset[str]:
    from mtdbench.spaces import SPACES

    made_for = frozenset(spaces)
    if strangers := made_for.difference(SPACES):
        raise unknown("space", min(strangers), SPACES)
    return made_for


def declaration_of(estimator: Estimator) -> Declaration:
    """What an estimator declares; the defaults where it declares nothing."""
    declaration = getattr(estimator, "declaration", None)
    return declaration if isinstance(declaration, Declaration) else Declaration()


def privileged_inputs(estimator: Estimator) -> tuple[str, ...]:
    """What the estimator asks to be told by keyword parameters of that name: `placement`, where the
    copies lie, `truth`, the coefficients of the object.
    """
    parameters = read_signature(estimator).parameters
    return tuple(name for name in PRIVILEGED if name in parameters)


def is_reference(estimator: Estimator) -> bool:
    """Whether it gives the errors of others a scale: as declared, else if it is told anything."""
    declared = declaration_of(estimator).is_reference
    return bool(privileged_inputs(estimator)) if declared is None else declared
