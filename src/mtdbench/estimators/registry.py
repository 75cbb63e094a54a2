"""The one door through which every estimator comes, built-in or not.

An estimator is a function registered under the entry-point group `mtdbench.estimators` of any
installed package. Nothing is imported before an estimator is asked for by name.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from mtdbench.errors import InputError, unknown
from mtdbench.model.measurement import Estimate
from mtdbench.validation import explain

GROUP = "mtdbench.estimators"
TOLD = ("placement", "truth")  # what a simulation knows and a user does not
Estimator = Callable[..., Iterator[Estimate]]


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


def told(estimator: Estimator) -> tuple[str, ...]:
    """What the estimator asks to be told by parameters of that name: `placement`, where the copies
    lie, `truth`, the coefficients of the object. One that asks for anything is a reference.
    """
    parameters = inspect.signature(estimator).parameters
    return tuple(name for name in TOLD if name in parameters)


def options(name: str, estimator: Estimator) -> type[BaseModel]:
    """The typed model of an estimator's options: its keyword-only parameters."""
    fields: dict[str, Any] = {}
    extra: Any = "forbid"
    for parameter in inspect.signature(estimator, eval_str=True).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            extra = "allow"
        if parameter.kind is not parameter.KEYWORD_ONLY or parameter.name in TOLD:
            continue
        typed = parameter.annotation is not parameter.empty
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[parameter.name] = (
            parameter.annotation if typed else Any,
            Field(default=default),
        )
    config = ConfigDict(extra=extra, arbitrary_types_allowed=True, protected_namespaces=())
    return create_model(f"{name} options", __config__=config, **fields)


def validate(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given options with their values converted to the types of the signature.

    Raises
    ------
    InputError
        If the estimator is not registered, or an option is unknown or of another type.
    """
    return convert(name, load(name), given)


def convert(name: str, estimator: Estimator, given: Mapping[str, Any]) -> dict[str, Any]:
    """As `validate`, for an estimator that is already loaded."""
    model = options(name, estimator)
    for key in given:
        if key not in model.model_fields and model.model_config.get("extra") == "forbid":
            raise unknown(f"option of {name}", key, model.model_fields)
    try:
        checked = model.model_validate(dict(given))
    except ValidationError as error:
        raise explain(error, model, f"options of {name}") from None
    return {key: getattr(checked, key) for key in given}


def parse(name: str, pairs: list[str]) -> dict[str, Any]:
    """Options from `key=value` strings as typed on a command line, read by the annotated types.

    Raises
    ------
    InputError
        If a pair has no `=`, or as `validate`.
    """
    fields = options(name, load(name)).model_fields
    given: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            raise InputError(f"option '{pair}' of {name}: expected key=value")
        is_text = key in fields and fields[key].annotation is str
        given[key] = text if is_text else _value(text)
    return validate(name, given)


def _value(text: str) -> Any:
    if text.lower() == "none":
        return None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text
