"""The command that repeats one row of a table by hand."""

import json
import shlex
from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any

import numpy as np

from mtdbench.estimators import registry
from mtdbench.estimators.declaration import privileged_inputs
from mtdbench.estimators.tested_estimator import NULL_TEST, can_be_tested
from mtdbench.model.spacing import DEFAULT_SPACING


def command(row: Mapping[Hashable, Any], study: Mapping[str, Any]) -> str:
    """The `mtdbench estimate` call that repeats a row, to be typed where the study was run.

    Parameters
    ----------
    row : mapping
        One row of the table.
    study : mapping
        The validated study; says whether sigma was known and how long estimators were asked.
    """
    folder = f"results/{row['study']}/data/{row['cell']}/{row['trial']}"
    method = str(row.get("method") or row["estimator"])
    words = ["mtdbench", "estimate", f"{folder}/measurement.npy"]
    words += ["--space", str(row["space"]), "--window", str(row["window"])]
    if (basis := str(row.get("basis") or "auto")) != "auto":
        words += ["--basis", basis]
    if row.get("spacing", DEFAULT_SPACING) != DEFAULT_SPACING:
        words += ["--spacing", str(row["spacing"])]
    if _sigma_known(row, study):
        words += ["--sigma", repr(float(row["sigma"]))]
    words += ["--estimator", method]
    for key, value in {**option_left_out(method), **_options(row)}.items():
        words += ["--option", f"{key}={written(value)}"]
    for name in options_told(method):
        words += ["--option", f"{name}={folder}/{name}.npz"]
    words += ["--seed", str(row["seed"])]
    if budget := (study.get("limits") or {}).get("budget_seconds"):
        words += ["--budget", f"{budget:g}"]
    # Always: by itself the command takes all cores, and the last digits may depend on them.
    threads = int(row.get("threads", 1))
    each = int(study.get("threads", threads))  # of several ranks
    words += ["--threads", str(min(threads, each))]
    if threads > each:
        words += ["--ranks", str(threads // each)]
    return shlex.join([*words, "--out", f"repeated/{row['cell']}/{row['trial']}"])


def written(value: Any) -> str:
    """An option's value as it is typed: strings as they are, the rest as JSON."""
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


@cache
def option_left_out(method: str) -> dict[str, Any]:
    """What `mtdbench estimate` adds by itself, and a study does only where it says so."""
    try:
        return {NULL_TEST: False} if can_be_tested(registry.load_safely(method)) else {}
    except Exception:  # a broken plugin must not cost its report
        return {}


@cache
def options_told(method: str) -> tuple[str, ...]:
    """The options by which a reference is given the truth; none if it is not installed."""
    try:
        return privileged_inputs(registry.load_safely(method))
    except Exception:  # a broken plugin must not cost its report
        return ()


def _options(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    try:
        content = json.loads(str(row["options"]))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _sigma_known(row: Mapping[Hashable, Any], study: Mapping[str, Any]) -> bool:
    sweeps = study.get("sweeps") or ()
    told = {s.get("name"): s.get("sigma_known", True) for s in sweeps if isinstance(s, dict)}
    sigma = row.get("sigma")
    return sigma is not None and bool(np.isfinite(sigma)) and bool(told.get(row["sweep"], True))
