"""How far an estimate is from the truth."""

import numpy as np

from mtdbench.spaces import Space


def errors(space: Space, x: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Relative errors of x after alignment over the symmetries of the space.

    Parameters
    ----------
    x, truth : arrays, shape (n,)

    Returns
    -------
    dict
        `error`: ||render(x) - render(truth)|| / ||render(truth)|| over the samples;
        `error_coefficients`: the same on the coefficients, as in the 2-D paper.
    """
    aligned = space.align(x, truth)
    samples, target = space.render(aligned), space.render(truth)
    return {
        "error": float(np.linalg.norm(samples - target) / np.linalg.norm(target)),
        "error_coefficients": float(np.linalg.norm(aligned - truth) / np.linalg.norm(truth)),
    }
