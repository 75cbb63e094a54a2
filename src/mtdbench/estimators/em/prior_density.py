"""The density that a prior over the overlaps implies."""

import numpy as np

from mtdbench.spaces import Window


def density_of(prior: np.ndarray, window: Window, crowded: bool = False) -> float:
    """gamma = copies L^d / N^d by the number of copies that a patch sees in the mean. Overlaps with
    two copies, if there are any, stand between the shifts and the empty one. Where patches may be
    crowded it is by the copy in the middle of a patch, which is alone.
    """
    if crowded:
        return float(prior[len(window.shifts) // 2] * window.size)
    two = prior[len(window.shifts) : -1].sum()
    return float((1 - prior[-1] + two) / window.visible_share)
