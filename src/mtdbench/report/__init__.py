"""The report: one page, readable without a network, that says all that a study found."""

from mtdbench.report.page import write_report

__all__ = ["write_report"]
