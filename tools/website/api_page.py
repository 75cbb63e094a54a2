"""The page of the library, for mkdocstrings: the names of `mtdbench`, and those of plugins."""

from collections.abc import Iterable
from importlib import import_module

import mtdbench

INTRODUCTION = """\
# Library

The names of `import mtdbench`, each loaded when it is first used. They are all that a notebook
needs. Arrays are NumPy's; shapes and units stand with each. Every mistake in an argument raises
`mtdbench.InputError`.
"""
FUNCTIONS = ("simulate", "estimate", "error", "align", "fsc", "pick", "particles", "plot")
CLASSES = (
    *("Dataset", "Measurement", "Estimate", "Placement", "Picks", "Particles"),
    *("ShellCorrelation", "Space", "InputError"),
)
FOR_PLUGINS = (
    "mtdbench.clock.setup",
    "mtdbench.estimators.declaration.declare",
    "mtdbench.plugins.conformance.check_estimator",
    "mtdbench.study.find.find_study",
    "mtdbench.study.plan.make_plan",
    "mtdbench.results.reader.StudyResults",
)


def api_page() -> str:
    """The page, as Markdown with directives."""
    names = ("make_space", *FUNCTIONS, *CLASSES)
    missing = {*mtdbench.__all__} - {*names, "__version__"}
    if missing:
        raise ValueError(f"names of mtdbench that the page of the library lacks: {missing}")
    return "\n".join(
        [
            INTRODUCTION,
            *_directives((home(name), f"mtdbench.{name}") for name in names),
            "## For estimators and studies {#for-estimators}\n",
            *_directives((name, name) for name in FOR_PLUGINS if exists(name)),
        ]
    )


def home(name: str) -> str:
    """Where a name of `mtdbench` is defined."""
    found = getattr(mtdbench, name)
    return f"{found.__module__}.{found.__qualname__}"


def exists(path: str) -> bool:
    """Whether a module has such a name."""
    module, _, name = path.rpartition(".")
    return hasattr(import_module(module), name)


def _directives(names: Iterable[tuple[str, str]]) -> list[str]:
    return [f"::: {path}\n    options:\n      heading: {heading}\n" for path, heading in names]
