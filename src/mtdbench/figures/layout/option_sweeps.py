"""Options that a sweep varies: which they are, and a table in which they are an axis."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from mtdbench.figures.layout.style import Look


@dataclass(frozen=True)
class OptionSweep:
    """One numeric option of one method that a sweep varies while the other options stay.

    Attributes
    ----------
    method, option : str
        The registered method and the option's name.
    rows : DataFrame
        The method's runs with the option's value in the column `value`, and every other
        estimator's runs repeated at each value: they are level lines to compare with.
    looks : dict
        How each of the curves is drawn.
    """

    method: str
    option: str
    rows: pd.DataFrame
    looks: dict[str, Look]

    @property
    def title(self) -> str:
        """Method and option, e.g. `em poses`."""
        return f"{self.method} {self.option}"


def option_sweeps(rows: pd.DataFrame, looks: Mapping[str, Look]) -> Iterator[OptionSweep]:
    """The options that estimators of the same method set to several numbers in these rows."""
    settings = {
        str(label): _settings(part) for label, part in rows.groupby("estimator", sort=False)
    }
    for method in dict.fromkeys(looks[label].method for label in settings):
        family = {label: s for label, s in settings.items() if looks[label].method == method}
        for option in sorted(set().union(*family.values())):
            if curves := _curves(family, method, option):
                yield _sweep(rows, looks, method, option, curves)


def _settings(rows: pd.DataFrame) -> dict[str, Any]:
    """The options of an estimator, as its rows hold them."""
    try:
        content = json.loads(str(rows["options"].iloc[0]))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _curves(
    family: dict[str, dict[str, Any]], method: str, option: str
) -> dict[str, dict[str, float]]:
    """Estimators that differ in `option` only, as curves: name, then each one's value."""
    groups: dict[str, dict[str, float]] = {}
    for label, options in family.items():
        value = options.get(option)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            continue
        others = [f"{key}={options[key]}" for key in sorted(options) if key != option]
        given, _, ending = label.rpartition(f" {option}=")  # a name of its own, in a grid
        name = given if given and " " not in ending else " ".join([method, *others])
        groups.setdefault(name, {})[label] = float(value)
    groups = {name: curve for name, curve in groups.items() if len(set(curve.values())) > 1}
    if len(groups) == 1:  # nothing to tell apart
        return {f"{method}, {option} varied": curve for curve in groups.values()}
    return groups


def _sweep(
    rows: pd.DataFrame,
    looks: Mapping[str, Look],
    method: str,
    option: str,
    curves: dict[str, dict[str, float]],
) -> OptionSweep:
    parts, drawn = [], {}
    for name, curve in curves.items():
        part = rows[rows["estimator"].isin(curve)]
        value = part["estimator"].map(curve)
        parts.append(part.assign(value=value, estimator=name))
        look = looks[next(iter(curve))]
        known = looks.get(method, look) if len(curves) == 1 else looks.get(name, look)
        drawn[name] = replace(known, label=name)
    level = rows[[looks[label].method != method for label in rows["estimator"]]]
    values = {value for curve in curves.values() for value in curve.values()}
    parts += [level.assign(value=value) for value in sorted(values)]
    for label, look in looks.items():
        if look.method != method:
            drawn[label] = replace(look, marker="")
    return OptionSweep(method, option, pd.concat(parts, ignore_index=True), drawn)
