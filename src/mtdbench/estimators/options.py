"""The options of an estimator: their types, how they are read, and checks that several share."""

import inspect
from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from mtdbench.errors import InputError, unknown
from mtdbench.estimators.declaration import PRIVILEGED, Estimator, declaration_of
from mtdbench.estimators.sharing import SHARING
from mtdbench.model.measurement import Measurement
from mtdbench.model.spacing import Spacing
from mtdbench.validation import explain

NO_OPTIONS = (*PRIVILEGED, SHARING)  # keyword parameters that a user does not set


def options_model(name: str, estimator: Estimator) -> type[BaseModel]:
    """The typed model of an estimator's options: its keyword-only parameters."""
    fields: dict[str, Any] = {}
    extra: Any = "forbid"
    for parameter in inspect.signature(estimator, eval_str=True).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            extra = "allow"
        if parameter.kind is not parameter.KEYWORD_ONLY or parameter.name in NO_OPTIONS:
            continue
        typed = parameter.annotation is not parameter.empty
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[parameter.name] = (
            parameter.annotation if typed else Any,
            Field(default=default),
        )
    config = ConfigDict(extra=extra, arbitrary_types_allowed=True, protected_namespaces=())
    return create_model(f"{name} options", __config__=config, **fields)


def convert_options(name: str, estimator: Estimator, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given options with their values converted to the types of the signature.

    Raises
    ------
    InputError
        If an option is unknown, of another type, or has another name now.
    """
    model, renamed = options_model(name, estimator), declaration_of(estimator).renamed
    for key in given:
        if key in renamed:
            raise InputError(f"option '{key}' of {name}: it is called '{renamed[key]}' now")
        if key not in model.model_fields and model.model_config.get("extra") == "forbid":
            raise unknown(f"option of {name}", key, model.model_fields)
    try:
        checked = model.model_validate(dict(given))
    except ValidationError as error:
        raise explain(error, model, f"options of {name}") from None
    return {key: getattr(checked, key) for key in given}


def parse_options(name: str, estimator: Estimator, pairs: list[str]) -> dict[str, Any]:
    """Options from `key=value` strings as typed on a command line, read by the annotated types.

    Raises
    ------
    InputError
        If a pair has no `=`, or as `convert_options`.
    """
    fields = options_model(name, estimator).model_fields
    given: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            raise InputError(f"option '{pair}' of {name}: expected key=value")
        is_text = key in fields and fields[key].annotation is str
        given[key] = text if is_text else _value(text)
    return convert_options(name, estimator, given)


def _value(text: str) -> Any:
    if text.lower() == "none":
        return None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def check_carried(name: str, estimator: Estimator, measurement: Measurement) -> None:
    """Check that an estimator accounts for all that the measurement's forward model has.

    Raises
    ------
    InputError
        If it declines a feature, such as a filter or a mask.
    """
    missing = sorted(measurement.forward.features - declaration_of(estimator).carries)
    if missing:
        raise InputError(
            f"a measurement with a {missing[0]} for {name}: expected an estimator that carries it"
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
