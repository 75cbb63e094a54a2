"""Fourier shell correlation of the estimates from the halves of a measurement with each other."""

from collections.abc import Iterator

from mtdbench.figures.layout.plot import Plot, Subject
from mtdbench.figures.layout.shell_curves import half_set_correlations, shell_plots

HALF_SET_LEAD = (
    "Fourier shell correlation of the estimates from the two halves of a measurement with each"
    " other, each aligned with the truth."
)


def half_set_plots(subject: Subject) -> Iterator[Plot]:
    """Median and band over the trials, shell by shell, for each window of volumes."""
    title = "Half-set Fourier shell correlation"
    yield from shell_plots(subject, "fsc-half-set", title, half_set_correlations, HALF_SET_LEAD)
