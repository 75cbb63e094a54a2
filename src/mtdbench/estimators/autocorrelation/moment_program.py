"""The compiled residual of the moments, its Jacobian, and the gradient of its cost."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from mtdbench import clock
from mtdbench.backend import jax, jnp
from mtdbench.model.filters import Filter
from mtdbench.model.forward import ForwardModel
from mtdbench.moments.autocorrelations import lags, model_moments
from mtdbench.moments.bispectrum import rotation_invariants
from mtdbench.moments.neighbour_terms import neighbour_terms
from mtdbench.spaces import Space, Window

MomentFunction = Literal["residual", "jacobian", "gradient"]
Optics = tuple[tuple[Filter, float], ...]
"""The filter of each optics group, and the group's share of the micrographs."""
COLUMNS_AT_ONCE = 16  # of the Jacobian


@lru_cache(maxsize=16)
def moment_program(
    function: MomentFunction,
    space: Space,
    optics: Optics,
    box: Window | None,
    shape: tuple[int, ...],
    others: int,
) -> Any:
    """The compiled function of (theta, weights, target, ridge), see
    `mtdbench.estimators.autocorrelation.moment_problem.MomentProblem`.

    Parameters
    ----------
    function : "residual", "jacobian" or "gradient", the last with the cost before it
    space, optics : what projects, and the share of each optics group
    box : the lags, or None for the invariants
    shape : of the weights
    others : classes of displacements, 0 where the copies are well separated
    """
    count, moments = _model(space, optics, box, others > 0)
    size = space.size + others + 1

    def residual(theta: Any, weights: Any, target: Any, ridge: Any) -> Any:
        x, h, gamma = theta[: space.size], theta[space.size : -1], jnp.exp(theta[-1])
        difference = gamma * moments(x, h, gamma) - target
        diagonal = weights.shape == difference.shape
        weighed = weights * difference if diagonal else weights @ difference
        return jnp.append(weighed, ridge * (h - 1))

    def cost(*arguments: Any) -> Any:
        return jnp.sum(residual(*arguments) ** 2) / 2

    def jacobian(theta: Any, *rest: Any) -> Any:
        def push(direction: Any) -> Any:
            return jax.jvp(lambda t: residual(t, *rest), (theta,), (direction,))[1]

        # Some columns at a time: all at once would take gigabytes for large windows.
        return jax.lax.map(push, jnp.eye(size), batch_size=COLUMNS_AT_ONCE).T

    functions = {
        "residual": residual,
        "jacobian": jacobian,
        "gradient": jax.value_and_grad(cost),
    }
    shapes = [jax.ShapeDtypeStruct(s, np.float64) for s in ((size,), shape, (count,), ())]
    with clock.setup():
        return jax.jit(functions[function]).lower(*shapes).compile()


def _model(
    space: Space, optics: Optics, box: Window | None, neighbours: bool
) -> tuple[int, Callable[[Any, Any, Any], Any]]:
    """The number of entries of m, and m as a function of x, h and gamma.

    Products of three samples of A_k P_g x are linear in products of three samples of P_g x: the
    quadrature that integrates these over the poses integrates those, whatever the filter.
    """
    bispectrum = rotation_invariants(space)
    if box is None:
        assert bispectrum is not None
        return bispectrum.count, lambda x, h, gamma: bispectrum.values(x, jnp)
    forward = ForwardModel(space, tuple(each for each, _ in optics))
    geometry, window = lags(box), forward.support
    poses, weights = space.quadrature()
    operator = np.concatenate([forward.operator(poses, k) for k in range(len(optics))])
    # gamma counts windows of the space, and moments samples of the support.
    shares = forward.spread * np.concatenate([share * weights for _, share in optics])
    if not neighbours:
        return geometry.count, lambda x, h, gamma: model_moments(
            operator @ x, geometry, window, jnp, shares
        )

    def moments(x: Any, h: Any, gamma: Any) -> Any:
        templates = operator @ x
        alone = model_moments(templates, geometry, window, jnp, shares)
        return alone + neighbour_terms(templates, h, gamma, geometry, window, shares)

    return geometry.count, moments
