"""Turns what pydantic says about bad input into the one line that a user can act on."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from mtdbench.errors import InputError, unknown


def explain(
    error: ValidationError, model: type[BaseModel], what: str, inside: tuple[str, ...] = ()
) -> InputError:
    """The first complaint of `error` as one line; an unknown key comes with the nearest valid one.

    Parameters
    ----------
    error : ValidationError
        What validating against `model` raised.
    model : type of BaseModel
        The model, whose field names are the valid keys.
    what : str
        Names the whole in the message, e.g. `"study 'quick.yaml'"` or `"option of em"`.
    inside : tuple of str
        Keys that lead to what was validated, where that is a part of the whole.
    """
    complaints = error.errors(include_url=False)
    # A misspelt key is also a missing one: the misspelling is what the user can see.
    first = next((c for c in complaints if c["type"] == "extra_forbidden"), complaints[0])
    around, place = _followed(model, first["loc"])
    where = (*inside, *place)
    if first["type"] == "extra_forbidden":
        parent = _path(where[:-1])
        kind = f"key in {what}, {parent}" if parent else f"key in {what}"
        return unknown(kind, str(where[-1]), around.model_fields)
    if first["type"] == "missing":
        return InputError(f"{what}: '{_path(where)}' is missing: expected a value")
    if isinstance(cause := first.get("ctx", {}).get("error"), InputError):
        return InputError(f"{what}: {cause}")
    message = first["msg"].removeprefix("Value error, ")
    named = f"{_path(where)} = " if where else ""
    expected = message[:1].lower() + message[1:]
    return InputError(f"{what}: {named}{_short(first['input'])}: {expected}")


def _followed(
    model: type[BaseModel], steps: tuple[int | str, ...]
) -> tuple[type[BaseModel], tuple[int | str, ...]]:
    """The model that holds the last of these steps from `model` on, and the steps without those
    that say which of several models a part was taken for.
    """
    among, place = [model], list[int | str]()
    for step in steps:
        if chosen := next((one for one in among if one.__name__ == step), None):
            model, among = chosen, [chosen]
            continue
        place.append(step)
        if step is not steps[-1] and isinstance(step, str) and step in model.model_fields:
            among = list(_models(model.model_fields[step].annotation)) or among
            model = among[0]
    return model, tuple(place)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _path(where: tuple[int | str, ...]) -> str:
    """`("sweeps", 0, "snr")` as `sweeps[0].snr`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in where)
    return "".join(steps).removeprefix(".")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
