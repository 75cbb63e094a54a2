"""The likelihood of micrographs that an estimate has not seen."""

from dataclasses import replace

import numpy as np

from mtdbench.model.measurement import Measurement
from mtdbench.picking.picks import SETTLED_SHARE, pick


def heldout_loglik(seen: Measurement, unseen: Measurement, x: np.ndarray, sigma: float) -> float:
    """Log-likelihood per patch of a part of a measurement under the patch model,

        mean_p log sum_o rho_o p(y_p | o, x, sigma),    p over the patches of the unseen part,

    with overlaps o and a prior rho that is uniform over the shifts; the share of empty patches is
    the likeliest one in the part that the estimate has seen. Nothing is fitted to the unseen part.

    Parameters
    ----------
    seen, unseen : Measurement
        Of one space.
    x : array, shape (n,)
    sigma : float
        Standard deviation of the noise as estimated.
    """
    share = pick(replace(seen, sigma=sigma), x).prior_empty
    share = float(np.clip(share, SETTLED_SHARE, 1 - SETTLED_SHARE))
    shifts = len(unseen.forward.support.shifts)
    prior = np.append(np.full(shifts, (1 - share) / shifts), share)
    return pick(replace(unseen, sigma=sigma), x, prior=prior).loglik
