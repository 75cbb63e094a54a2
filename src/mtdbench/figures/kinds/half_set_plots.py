"""Fourier shell correlation of the estimates from the halves of a measurement with each other."""

from collections.abc import Iterator

from mtdbench.figures.layout.panels import are_from_files
from mtdbench.figures.layout.plot import Plot, Subject
from mtdbench.figures.layout.shell_curves import half_set_correlations, shell_plots

HALF_SET_LEAD = (
    "Fourier shell correlation of the estimates from the two halves of a measurement with each"
    " other, each aligned with the truth."
)
MEASURED_LEAD = (
    "Fourier shell (of images: ring) correlation of the estimates from the two halves of a"
    " measurement with each other, the second aligned with the first."
)


def half_set_plots(subject: Subject) -> Iterator[Plot]:
    """Median and band over the trials, shell by shell, for each window of volumes; of images where
    nobody knows the truth.
    """
    title = "Half-set Fourier shell correlation"
    lead = MEASURED_LEAD if are_from_files(subject.rows) else HALF_SET_LEAD
    yield from shell_plots(subject, "fsc-half-set", title, half_set_correlations, lead)
