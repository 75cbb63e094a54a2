"""Which methods of a study give the errors of the others a scale."""

from collections.abc import Iterable

from mtdbench.estimators import registry


def references_among(methods: Iterable[str]) -> list[str]:
    """The references among some registered methods, sorted: as they declare, see
    `mtdbench.estimators.declaration`. One that is not installed is none.
    """
    return sorted(name for name in set(methods) if registry.declared(name).is_reference)
