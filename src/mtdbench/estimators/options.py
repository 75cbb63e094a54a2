"""The options of an estimator: their types, how they are read, and checks that several share."""

import inspect
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, PydanticUserError, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from mtdbench.errors import InputError, PluginError, unknown
from mtdbench.estimators.declaration import PRIVILEGED, Estimator, declaration_of
from mtdbench.estimators.sharing import SHARING
from mtdbench.estimators.signature import read_signature, resolve
from mtdbench.model.measurement import Measurement
from mtdbench.model.spacing import Spacing
from mtdbench.validation import explain
from mtdbench.yaml_text import yaml_content

NO_OPTIONS = (*PRIVILEGED, SHARING)  # keyword parameters that a user does not set


@dataclass(frozen=True, slots=True)
class Option:
    """An option: its name, the type that its annotation means, and its default."""

    name: str
    kind: Any
    default: Any = inspect.Parameter.empty

    @property
    def is_required(self) -> bool:
        """Whether it has no default."""
        return self.default is inspect.Parameter.empty

    def convert(self, value: Any, method: str) -> Any:
        """A value converted to the option's type.

        Raises
        ------
        InputError
            If the value is of another type.
        PluginError
            If the type is none that a value can be checked against.
        """
        try:
            adapter = _adapter(self.kind)
        except Exception as error:
            reason = str(error).splitlines()[0]
            raise PluginError(f"option '{self.name}' of {method}: no type ({reason})") from None
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            raise explain(error, BaseModel, f"options of {method}", (self.name,)) from None


def read_options(estimator: Estimator) -> tuple[dict[str, Option], bool]:
    """An estimator's options, its keyword-only parameters, and whether it takes any other too.

    Raises
    ------
    PluginError
        As `read_signature`.
    """
    parameters = read_signature(estimator).parameters.values()
    options = {
        p.name: Option(p.name, Any if p.annotation is p.empty else p.annotation, p.default)
        for p in parameters
        if p.kind is p.KEYWORD_ONLY and p.name not in NO_OPTIONS
    }
    typed = {
        name: Option(name, resolve(option.kind, estimator), option.default)
        for name, option in options.items()
    }
    return typed, any(p.kind is p.VAR_KEYWORD for p in parameters)


def convert_options(name: str, estimator: Estimator, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given options with their values converted to the types of the signature.

    Raises
    ------
    InputError
        If an option is unknown, missing, of another type, or has another name now.
    """
    (options, open_ended), renamed = read_options(estimator), declaration_of(estimator).renamed
    for key in given:
        if key in renamed:
            raise InputError(f"option '{key}' of {name}: it is called '{renamed[key]}' now")
        if key not in options and not open_ended:
            raise unknown(f"option of {name}", key, options)
    for option in options.values():
        if option.is_required and option.name not in given:
            raise InputError(f"options of {name}: '{option.name}' is missing: expected a value")
    return {
        key: options[key].convert(value, name) if key in options else value
        for key, value in given.items()
    }


def all_options(name: str, estimator: Estimator, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every option of a run, given or by default, as JSON can hold it; else as its `repr`."""
    options = {key: option.default for key, option in read_options(estimator)[0].items()}
    content = options | convert_options(name, estimator, given)
    return {key: to_jsonable_python(value, fallback=repr) for key, value in content.items()}


def parse_options(name: str, estimator: Estimator, pairs: list[str]) -> dict[str, Any]:
    """Options from `key=value` strings as typed on a command line, read by the annotated types.

    Raises
    ------
    InputError
        If a pair has no `=`, or as `convert_options`.
    """
    options, _ = read_options(estimator)
    given: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            raise InputError(f"option '{pair}' of {name}: expected key=value")
        is_text = key in options and options[key].kind is str
        given[key] = text if is_text else _value(text)
    return convert_options(name, estimator, given)


def _adapter(kind: Any) -> TypeAdapter[Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # pydantic warns of what is no type at all
            return TypeAdapter(kind, config=ConfigDict(arbitrary_types_allowed=True))
    except PydanticUserError as error:
        if error.code != "type-adapter-config-unused":
            raise
        return TypeAdapter(kind)  # a model or a dataclass, which has a configuration of its own


def _value(text: str) -> Any:
    if text.lower() == "none":
        return None
    try:
        return yaml_content(text, "option")
    except InputError:
        return text


def check_carried(name: str, estimator: Estimator, measurement: Measurement) -> None:
    """Check that an estimator is made for the measurement's space, and accounts for all that its
    forward model has.

    Raises
    ------
    InputError
        If it declines the space, or a feature such as a filter or a mask.
    """
    declaration, space = declaration_of(estimator), measurement.space.name
    if declaration.declines(space):
        taken = " or ".join(sorted(declaration.spaces or ()))
        raise InputError(f"space '{space}' for {name}: expected {taken}")
    carried = declaration.carried(space, measurement.spacing)
    if missing := sorted(measurement.forward.features - carried):
        elsewhere = missing[0] in declaration.carries
        where = f" of space '{space}', spacing '{measurement.spacing}'" if elsewhere else ""
        raise InputError(
            f"a measurement with a {missing[0]} for {name}{where}: expected an estimator that"
            " carries it"
        )


def at_least(method: str, least: float, **options: float | None) -> None:
    """Check that no option that is given is below `least`, or NaN.

    Raises
    ------
    InputError
        If one is.
    """
    for name, value in options.items():
        if value is not None and not value >= least:
            raise InputError(f"option {name}={value} of {method}: expected at least {least:g}")


def well_separated(method: str, measurement: Measurement) -> None:
    """Check that the copies are well separated.

    Raises
    ------
    InputError
        If they may lie closer.
    """
    expected = Spacing.WELL_SEPARATED
    if measurement.spacing != expected:
        raise InputError(f"spacing '{measurement.spacing}' for {method}: expected '{expected}'")
