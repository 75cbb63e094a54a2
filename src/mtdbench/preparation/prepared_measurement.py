"""From micrographs as they come to a measurement with its forward model."""

from dataclasses import replace

import numpy as np

from mtdbench.micrographs import Micrographs
from mtdbench.model.filters import Convolution, Filter
from mtdbench.model.forward import NO_FILTER, ForwardModel
from mtdbench.model.measurement import Measurement
from mtdbench.model.optics_groups import behind_optics
from mtdbench.model.spacing import DEFAULT_SPACING
from mtdbench.optics import MicrographOptics
from mtdbench.preparation.preparation_settings import Settings
from mtdbench.preparation.prepare_micrographs import prepare_micrographs
from mtdbench.preparation.prepared import Prepared
from mtdbench.spaces import Space


def prepared_measurement(
    micrographs: Micrographs,
    settings: Settings,
    space: Space,
    sigma: float | None = None,
    spacing: str = DEFAULT_SPACING,
    optics: MicrographOptics | None = None,
) -> tuple[Measurement, Prepared]:
    """Prepared micrographs as a measurement of an object in a space, and what was done to them.

    Parameters
    ----------
    micrographs : Micrographs
    settings : Settings
        Its window is that of the space where it has none.
    space : Space
    sigma : float or None
        Standard deviation of the noise in the samples as they come, where it is known.
    spacing : str
    optics : MicrographOptics or None
        The transfer functions of the micrographs; None where they are left out of the model.

    Returns
    -------
    Measurement
        With the mask, the kernel and the transfer functions in its forward model; its `sigma` is
        that of prepared samples if one was given, else None: estimators find it more exactly than a
        preparation can.
    Prepared

    Raises
    ------
    InputError
        If the micrographs cannot be prepared, or are smaller than a window; if the size of a sample
        is not known and there are transfer functions.
    """
    window = settings.window or space.window.longest
    given = settings.sigma if sigma is None else sigma
    prepared = prepare_micrographs(micrographs, replace(settings, window=window, sigma=given))
    return as_measurement(prepared, space, spacing, optics), prepared


def as_measurement(
    prepared: Prepared,
    space: Space,
    spacing: str = DEFAULT_SPACING,
    optics: MicrographOptics | None = None,
) -> Measurement:
    """Prepared micrographs as a measurement with its forward model."""
    stack, measured = stacked_samples(prepared)
    filters: tuple[Filter, ...] = NO_FILTER
    if prepared.kernel is not None and prepared.filters_object:
        filters = (Convolution(prepared.kernel),)
    forward = ForwardModel(space, filters=filters, measured=measured)
    if optics is not None:
        forward = behind_optics(forward, optics, prepared.micrographs.pixel_size)
    sigma = prepared.sigma if prepared.sigma_known else None
    samples = stack[0] if len(stack) == 1 else stack
    return Measurement(samples, space, sigma, spacing, forward)


def stacked_samples(prepared: Prepared) -> tuple[np.ndarray, np.ndarray | None]:
    """All prepared micrographs as one array, and which of its samples were measured; as
    `Micrographs.stacked`, without another copy where there is no need.
    """
    if prepared.stack is None:
        return prepared.micrographs.stacked()
    masks = prepared.micrographs.measured
    return prepared.stack, None if masks is None else np.stack(masks)
