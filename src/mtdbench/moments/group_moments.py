"""Moments of a measurement whose micrographs are of several optics groups."""

from collections.abc import Sequence

import numpy as np

from mtdbench.moments.autocorrelations import Moments


def combined(parts: Sequence[Moments], shares: Sequence[float]) -> Moments:
    """The moments of all groups together, sum_k s_k m_k, with s_k the share of each group.

    Tiles scatter about the moments of their own group: that groups differ is no error. Those of
    group k count s_k T / T_k times, so that their scatter over T is the variance of the sum.
    """
    count = sum(len(part.tiles) for part in parts)
    values = np.sum([s * part.values for s, part in zip(shares, parts, strict=True)], axis=0)
    tiles = [
        values + s * count / len(part.tiles) * (part.tiles - part.values)
        for s, part in zip(shares, parts, strict=True)
    ]
    return Moments(values, np.concatenate(tiles))
