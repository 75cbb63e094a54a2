"""Fourier shell correlation of the estimates with the truth."""

from collections.abc import Iterator

from mtdbench.figures.layout.plot import Plot, Subject
from mtdbench.figures.layout.shell_curves import shell_plots, truth_correlations

FSC_LEAD = (
    "Fourier shell correlation of the aligned estimates with the truth. A curve that falls below"
    " 0.5 at shell k has a resolution of L / k samples, the table's fsc_resolution. Runs without an"
    " error have no curve."
)


def fsc_plots(subject: Subject) -> Iterator[Plot]:
    """Median and band over the trials, shell by shell, for each window of volumes."""
    title = "Fourier shell correlation"
    yield from shell_plots(subject, "fsc", title, truth_correlations, FSC_LEAD)
