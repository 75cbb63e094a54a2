"""The logits of one shift as one matrix product, and their exponentials.

Patches of which every sample was measured have one channel, their samples y. Others have two, m y
and m, with m = 1 where a sample was measured and 0 elsewhere: what a copy would show there and has
to be left out, ||m T_s I||^2, is linear in m.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from mtdbench.model.shifts import Overlaps
from mtdbench.spaces.window import Window

# Smaller logits are raised to this: next to the largest they count for nothing, and products with
# exponentials below the normal numbers of float32, from -87 on, take many times as long.
LOWEST_LOGIT = -80.0


@dataclass(frozen=True, slots=True, eq=False)
class OverlapBox:
    """One shift: which box of a patch sees which box of the template.

    Attributes
    ----------
    index : int
        Of the shift, in the order of `Window.shifts`.
    patch, template : tuples of slices
        Boxes within arrays of the window's shape.
    pixels : int
        Samples in the box.
    """

    index: int
    patch: tuple[slice, ...]
    template: tuple[slice, ...]
    pixels: int


@lru_cache(maxsize=8)
def boxes(window: Window) -> tuple[OverlapBox, ...]:
    """All shifts, those that show most of the template first."""
    found = []
    for index, shift in enumerate(window.shifts):
        pixels = int(np.prod(np.array(window.shape) - np.abs(shift)))
        found.append(OverlapBox(index, *window.overlap(tuple(map(int, shift))), pixels))
    return tuple(sorted(found, key=lambda box: -box.pixels))


@dataclass(frozen=True, slots=True, eq=False)
class LogitFactors:
    """All that logits need besides the patches.

    Attributes
    ----------
    window : Window
    templates : array, shape (C, L_1, ..., L_d, K)
        Of C channels: I_g / sigma^2, and where patches are masked -I_g^2 / (2 sigma^2).
    constants : array, shape (S, K)
        log rho_s + log w_g, and where they are not - ||T_s I_g||^2 / (2 sigma^2).
    log_empty : float
        log rho_empty.
    """

    window: Window
    templates: np.ndarray
    constants: np.ndarray
    log_empty: float

    @classmethod
    def of(
        cls,
        templates: np.ndarray,
        log_prior: np.ndarray,
        log_weights: np.ndarray,
        sigma: float,
        overlaps: Overlaps,
        masked: bool = False,
    ) -> "LogitFactors":
        """The factors of templates (K, L^d), log rho (S + 1,), the empty one last, and log w."""
        window, halves = overlaps.window, templates**2 / (2 * sigma**2)
        constants = log_prior[:-1, None] + log_weights
        channels = [templates / sigma**2]
        if masked:
            channels.append(-halves)
        else:
            constants = constants - overlaps.visible @ halves.T
        scaled = np.stack([np.ascontiguousarray(channel.T) for channel in channels])
        boxed = scaled.reshape(len(channels), *window.shape, len(templates))
        return cls(window, boxed, constants, float(log_prior[-1]))

    def astype(self, dtype: Any) -> "LogitFactors":
        """The same, for products of that type."""
        return replace(self, templates=self.templates.astype(dtype, copy=False))

    def augmented(self, box: OverlapBox) -> np.ndarray:
        """The augmented templates: their product with [box of a patch, 1, -offset] is its logits
        - offset; shape (C pixels + 2, K).
        """
        seen = self.templates[(slice(None), *box.template)]
        rows = np.empty((len(seen) * box.pixels + 2, seen.shape[-1]), seen.dtype)
        rows[:-2].reshape(seen.shape)[...] = seen
        rows[-2], rows[-1] = self.constants[box.index], 1
        return rows


def exponentials(logits: np.ndarray) -> np.ndarray:
    """exp(max(logits, LOWEST_LOGIT)), in place."""
    np.maximum(logits, LOWEST_LOGIT, out=logits)
    return np.exp(logits, out=logits)


def augmented_patches(patches: np.ndarray, box: OverlapBox, offset: np.ndarray) -> np.ndarray:
    """[box of each patch, 1, -offset], (m, C pixels + 2); patches are (m, C, L_1, ..., L_d)."""
    rows = np.empty((len(patches), patches.shape[1] * box.pixels + 2), patches.dtype)
    seen = patches[(slice(None), slice(None), *box.patch)]
    rows[:, :-2].reshape(seen.shape)[...] = seen
    rows[:, -2], rows[:, -1] = 1, -offset
    return rows
