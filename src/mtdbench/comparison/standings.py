"""The ranking of a track by one score, ties included."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtdbench.comparison.additive_effects import Effects, additive_effects
from mtdbench.comparison.scores import SCORES, Score
from mtdbench.comparison.tracks import Track

FEWEST = 3
"""Cells (of reach: trials of ladders) below which there is no interval, and no rank."""
SAME = 1e-9
"""Logarithms of scores this near to each other are the same."""


@dataclass(frozen=True)
class Standing:
    """One contestant's line.

    Attributes
    ----------
    name : str
    rank : int
        1 for the best; 0 for who is not ranked: references, and contestants in fewer than
        `FEWEST` cells. Those that cannot be told from the first of a rank share it: the 95 %
        interval of the ratio of their scores holds 1.
    score, low, high : float
        With its 95 % interval; NaN for who is in fewer than `FEWEST` cells.
    units : int
        In how many comparisons it is: data sets, or trials of ladders.
    is_reference : bool
    """

    name: str
    rank: int
    score: float
    low: float
    high: float
    units: int
    is_reference: bool = False


@dataclass(frozen=True)
class Ranking:
    """The standings of a track under one score, the best first, references last."""

    track: str
    score: Score
    standings: tuple[Standing, ...]


def rankings(track: Track) -> Iterator[Ranking]:
    """The rankings of a track, one for each score under which any contestant has a value."""
    for score in SCORES:
        values, clusters = score.values(track.rows)
        if not values.empty and (found := standings(values, clusters, score, track)):
            yield Ranking(track.name, score, tuple(found))


def standings(
    values: pd.DataFrame, clusters: np.ndarray, score: Score, track: Track
) -> list[Standing]:
    """The lines of one ranking, from the logarithms of what is compared.

    Parameters
    ----------
    values : DataFrame, shape (units, contestants)
    clusters : array, shape (units,)
    score : Score
    track : Track
    """
    effects = additive_effects(values, clusters)
    references = set(track.rows.loc[track.rows["is_reference"], "estimator"])
    rivals = [i for i, name in enumerate(effects.names) if name not in references]
    ranked = [i for i in rivals if effects.clusters[i] >= FEWEST]
    base = _base(effects, score.base, ranked or rivals)
    if base is None:
        return []
    ranks = _ranks(effects, ranked)
    lines = []
    for i, name in enumerate(effects.names):
        enough = effects.clusters[i] >= FEWEST
        low, high = np.exp(effects.interval(i, base)) if enough else (np.nan, np.nan)
        middle = float(np.exp(effects.logs[i] - effects.logs[base]))
        units = int(values[name].notna().sum())
        lines.append(
            Standing(name, ranks.get(i, 0), middle, float(low), float(high), units, i not in rivals)
        )
    return sorted(lines, key=lambda line: (line.is_reference, line.rank == 0))


def _base(effects: Effects, name: str, rivals: list[int]) -> int | None:
    """What scores are relative to: the reference of that name, else the best of the rivals.

    None if the reference did not run, or there is no rival.
    """
    if not rivals:
        return None
    if not name:
        return rivals[0]
    return effects.names.index(name) if name in effects.names else None


def _ranks(effects: Effects, ranked: list[int]) -> dict[int, int]:
    """The rank of each of these contestants, which come in the order of their scores."""
    ranks: dict[int, int] = {}
    first = -1
    for place, i in enumerate(ranked, 1):
        low, high = effects.interval(i, first) if first >= 0 else (1.0, 1.0)
        tie = first >= 0 and low <= SAME and high >= -SAME
        first = first if tie else i
        ranks[i] = ranks[first] if tie else place
    return ranks
