"""A benchmark and comparison suite for estimators of the multi-target detection problem.

    >>> import mtdbench
    >>> data = mtdbench.simulate("disc", 5, size=1000, snr=1, density=0.04)
    >>> found = mtdbench.estimate(data.measurement, "em", progress=True)
    >>> mtdbench.error(data.space, found.x, data.truth)
    >>> mtdbench.plot(data.space, found.x, data.truth).savefig("estimate.png")

The names below are all that a notebook or a plugin needs. They are loaded when they are first asked
for: importing `mtdbench` loads neither NumPy nor JAX.
"""

from typing import TYPE_CHECKING, Any

from mtdbench.version import __version__

__all__ = [
    "Dataset",
    "Estimate",
    "InputError",
    "Measurement",
    "Particles",
    "Picks",
    "Placement",
    "ShellCorrelation",
    "Space",
    "__version__",
    "align",
    "error",
    "estimate",
    "fsc",
    "make_space",
    "particles",
    "pick",
    "plot",
    "simulate",
]

if TYPE_CHECKING:
    from mtdbench.errors import InputError
    from mtdbench.library.comparing import ShellCorrelation, align, error, fsc
    from mtdbench.library.estimating import estimate
    from mtdbench.library.plotting import plot
    from mtdbench.library.simulating import simulate
    from mtdbench.model.measurement import Estimate, Measurement
    from mtdbench.model.placed_copies import Placement
    from mtdbench.picking.particles import Particles, particles
    from mtdbench.picking.picks import Picks, pick
    from mtdbench.simulation import Dataset
    from mtdbench.spaces import Space, make_space

_HOMES = {
    "Dataset": "mtdbench.simulation",
    "Estimate": "mtdbench.model.measurement",
    "InputError": "mtdbench.errors",
    "Measurement": "mtdbench.model.measurement",
    "Particles": "mtdbench.picking.particles",
    "Picks": "mtdbench.picking.picks",
    "Placement": "mtdbench.model.placed_copies",
    "ShellCorrelation": "mtdbench.library.comparing",
    "Space": "mtdbench.spaces",
    "align": "mtdbench.library.comparing",
    "error": "mtdbench.library.comparing",
    "estimate": "mtdbench.library.estimating",
    "fsc": "mtdbench.library.comparing",
    "make_space": "mtdbench.spaces",
    "particles": "mtdbench.picking.particles",
    "pick": "mtdbench.picking.picks",
    "plot": "mtdbench.library.plotting",
    "simulate": "mtdbench.library.simulating",
}


def __getattr__(name: str) -> Any:
    # Lazy, so that the command line starts at once and can set the number of threads before
    # NumPy is loaded.
    if name not in _HOMES:
        raise AttributeError(f"module 'mtdbench' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
