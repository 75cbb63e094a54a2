"""The signature of an estimator, read so that no annotation can spoil it."""

import inspect
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, get_type_hints

from mtdbench.errors import PluginError

FORM = "def NAME(measurement, rng, *, OPTION: type = default)"


def read_signature(function: Callable[..., Any]) -> inspect.Signature:
    """The signature of an estimator; annotations that are strings stay strings.

    Raises
    ------
    PluginError
        If it cannot be read, or the function cannot be called with a measurement and a generator.
    """
    try:
        signature = _signature(function)
    except Exception as error:
        raise PluginError(f"a signature that cannot be read ({error}): expected {FORM}") from error
    try:
        signature.bind_partial(object(), object())
    except TypeError:
        raise PluginError(f"the signature {_plain(signature)}: expected {FORM}") from None
    needed = [p.name for p in signature.parameters.values() if p.default is p.empty]
    positional = [p for p in signature.parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD]
    if extra := [p.name for p in positional[2:] if p.name in needed]:
        raise PluginError(f"the parameter '{extra[0]}' comes before the asterisk: expected {FORM}")
    return signature


def resolve(annotation: Any, function: Callable[..., Any]) -> Any:
    """The type that an annotation means; `Any` where it is not known at run time, such as a name
    that only `TYPE_CHECKING` imports.
    """
    unwrapped: Any = inspect.unwrap(function)
    hints = SimpleNamespace(__annotations__={"option": annotation})
    try:
        found = get_type_hints(hints, getattr(unwrapped, "__globals__", {}), include_extras=True)
        return found["option"]
    except Exception:  # whatever evaluating somebody's annotation raises
        return Any


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    if sys.version_info >= (3, 14):  # annotations are evaluated when they are asked for
        from annotationlib import Format

        return inspect.signature(function, annotation_format=Format.FORWARDREF)
    return inspect.signature(function)


def _plain(signature: inspect.Signature) -> str:
    """The signature without its annotations, which may be long."""
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))
