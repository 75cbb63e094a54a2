"""How figures look: one theme, and one colour, marker and dash for each estimator of a study."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

# Okabe and Ito's palette without yellow and black: told apart with any colour vision, and on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7A5195")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h")
DASHES: tuple[tuple[float, ...], ...] = ((), (4, 1.5), (1.2, 1.2), (5, 1.5, 1, 1.5), (2.5, 1))
MUTED = "#767676"
REFERENCE_DASHES = {"zero": (1, 2), "oracle": (6, 2), "matched-filter": (6, 1.5, 1, 1.5)}
OTHER_DASHES = ((3, 1, 1, 1, 1, 1), (2, 2), (8, 1.5), (1, 1))  # of other references
FIRST = ("em", "autocorrelation")  # these keep their colour in every study

THEME: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.edgecolor": "#444444",
    "axes.grid": True,
    "axes.grid.which": "major",
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.minor.width": 0.5,
    "ytick.minor.width": 0.5,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.bbox": None,
    "svg.fonttype": "path",  # looks the same where the font is not installed
    "svg.hashsalt": "mtdbench",
    "pdf.fonttype": 42,
}


@dataclass(frozen=True, slots=True)
class Look:
    """How one estimator is drawn, in every figure of its study.

    Attributes
    ----------
    label, method : str
        The study's name of the estimator and the registered method behind it.
    colour, marker : str
        Matplotlib colour and marker.
    dashes : tuple
        On-off sequence in units of the line width; `()` is a solid line.
    is_reference : bool
        Whether it only gives the errors of others a scale.
    """

    label: str
    method: str
    colour: str
    marker: str
    dashes: tuple[float, ...]
    is_reference: bool = False


def methods(table: pd.DataFrame) -> dict[str, str]:
    """The method of each estimator label, in the order of the table."""
    column = table["method"] if "method" in table else table["estimator"]
    pairs = zip(table["estimator"].astype(str), column.fillna("").astype(str), strict=True)
    return {label: method or label for label, method in dict.fromkeys(pairs)}


def looks(table: pd.DataFrame, references: Collection[str]) -> dict[str, Look]:
    """One look for each estimator of the table, those of the methods in `references` last."""
    known = methods(table)
    rivals = [label for label, method in known.items() if method not in references]
    slots = _slots(rivals)
    drawn = {label: _rival(label, known[label], slots[label]) for label in rivals}
    others = [label for label in known if label not in drawn]
    for i, label in enumerate(others):
        dashes = REFERENCE_DASHES.get(known[label], OTHER_DASHES[i % len(OTHER_DASHES)])
        drawn[label] = Look(label, known[label], MUTED, "", dashes, is_reference=True)
    return drawn


def _slots(labels: Iterable[str]) -> dict[str, int]:
    """A number for each label: reserved for the best known ones, in order for the others."""
    others = [label for label in labels if label not in FIRST]
    return {label: slot for slot, label in enumerate((*FIRST, *others))}


def _rival(label: str, method: str, slot: int) -> Look:
    return Look(
        label,
        method,
        PALETTE[slot % len(PALETTE)],
        MARKERS[slot % len(MARKERS)],
        DASHES[slot % len(DASHES)],
    )
