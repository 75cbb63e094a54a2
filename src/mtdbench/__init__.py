"""A benchmark and comparison suite for estimators of the multi-target detection problem."""

from typing import TYPE_CHECKING, Any

from mtdbench.version import __version__

__all__ = [
    "Estimate",
    "InputError",
    "Measurement",
    "Placement",
    "Space",
    "__version__",
    "make_space",
]

if TYPE_CHECKING:
    from mtdbench.errors import InputError
    from mtdbench.model.measurement import Estimate, Measurement, Placement
    from mtdbench.spaces import Space, make_space

_HOMES = {
    "InputError": "mtdbench.errors",
    "Estimate": "mtdbench.model.measurement",
    "Measurement": "mtdbench.model.measurement",
    "Placement": "mtdbench.model.measurement",
    "Space": "mtdbench.spaces",
    "make_space": "mtdbench.spaces",
}


def __getattr__(name: str) -> Any:
    # Lazy, so that the command line starts at once and can set the number of threads before
    # NumPy is loaded.
    if name not in _HOMES:
        raise AttributeError(f"module 'mtdbench' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
