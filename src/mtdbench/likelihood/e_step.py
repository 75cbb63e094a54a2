"""The E-step: posteriors of all overlaps of all patches, reduced to what an M-step needs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, TypeVar

import numpy as np

from mtdbench.backend import jax
from mtdbench.likelihood.pass_by_shift import PassByShift
from mtdbench.likelihood.pass_fused import FusedPass
from mtdbench.likelihood.pass_sums import PatchPass
from mtdbench.model.patches import Patches
from mtdbench.model.shifts import Overlaps

AnyPass = TypeVar("AnyPass", bound=PatchPass)
RESIDENT_BYTES = 2**28  # of patches that are kept in memory
LARGE_PRODUCTS = (
    2**12
)  # poses times samples of a window, from which on products shift by shift are quicker


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """All that one pass over the patches leaves behind; statistics of parts add up.

    Attributes
    ----------
    loglik : float
        sum_p log p(patch_p), all constants included.
    patches, samples : float
        Number of patches P, and of their samples that were measured.
    energy : float
        sum_p ||patch_p||^2.
    images : array, shape (K, L^d)
        B_g: patches, weighted and aligned, as pose g sees them.
    visibility : array, shape (K, L^d)
        M_g: by weight, how often each sample of the template was visible under pose g.
    overlaps : array, shape (S + 1,) or (S + Q + 1,)
        Posterior weight of each overlap, the empty one last; sums to P.
    """

    loglik: float
    patches: float
    samples: float
    energy: float
    images: np.ndarray
    visibility: np.ndarray
    overlaps: np.ndarray

    def scaled(self, factor: float) -> "Statistics":
        """As if every patch counted `factor` times."""
        return Statistics(*(factor * getattr(self, field.name) for field in fields(self)))

    def arrays(self) -> list[np.ndarray]:
        """What adds up, in the order of the fields."""
        return [np.asarray(getattr(self, field.name)) for field in fields(self)]

    @classmethod
    def of_arrays(cls, arrays: list[np.ndarray]) -> "Statistics":
        """The inverse of `arrays`."""
        loglik, patches, samples, energy = map(float, arrays[:4])
        images, visibility, overlaps = arrays[4:]
        return cls(loglik, patches, samples, energy, images, visibility, overlaps)

    @classmethod
    def of_none(cls, poses: int, overlaps: Overlaps) -> "Statistics":
        """Those of no patches at all."""
        images = np.zeros((poses, overlaps.window.size))
        return cls(0.0, 0.0, 0.0, 0.0, images, images, np.zeros(overlaps.count))

    def __add__(self, other: "Statistics") -> "Statistics":
        names = [field.name for field in fields(self)]
        return Statistics(*(getattr(self, name) + getattr(other, name) for name in names))


class DataSource(Protocol):
    """Data of one optics group, ready for an E-step: patches, or the whole signals that they are
    cut from.
    """

    @property
    def patches(self) -> Patches:
        """Those of all ranks."""

    @property
    def share(self) -> range:
        """Which of them are this rank's."""

    def __len__(self) -> int:
        """How many patches an E-step reads; with none it is not asked for statistics."""

    def statistics(
        self,
        templates: np.ndarray,
        prior: np.ndarray,
        sigma: float,
        overlaps: Overlaps,
        weights: np.ndarray | None,
    ) -> Statistics:
        """The E-step, see `e_step`."""


@dataclass(frozen=True, slots=True, eq=False)
class PatchSource:
    """Patches ready for a pass: in memory where they fit, else cut again every time.

    Attributes
    ----------
    patches : Patches
        Those of all ranks.
    share : range
        Which of them are this rank's, that the pass reads.
    dtype : type
        That of the products.
    patch_pass : PatchPass
        What reads them.
    resident : tuple or None
        All chunks, where they fit in memory.
    """

    patches: Patches
    share: range
    dtype: type
    patch_pass: PatchPass
    resident: tuple[Any, ...] | None = None

    @classmethod
    def of(
        cls,
        patches: Patches,
        patch_pass: PatchPass,
        dtype: type = np.float32,
        limit: int = RESIDENT_BYTES,
        share: range | None = None,
    ) -> "PatchSource":
        """The source of these patches, or of a share of them; in memory if what is read takes at
        most `limit` bytes. The pass is the given one, in the form that suits the patches.
        """
        patch_pass = suited(patch_pass, patches)
        share = range(len(patches)) if share is None else share
        fits = len(share) * patches.window.size * np.dtype(dtype).itemsize <= limit
        source = cls(patches, share, dtype, patch_pass)
        return replace(source, resident=tuple(source)) if fits else source

    def __iter__(self) -> Iterator[Any]:
        """The chunks, as the pass has prepared them."""
        if self.resident is not None:
            yield from self.resident
            return
        size = self.patch_pass.chunk_size(self.patches.window.size)
        patches = self.patches.between(self.share.start, self.share.stop)
        for chunk in patches.chunks(size, self.dtype):
            yield self.patch_pass.prepared(chunk)

    def __len__(self) -> int:
        return len(self.share)

    def statistics(
        self,
        templates: np.ndarray,
        prior: np.ndarray,
        sigma: float,
        overlaps: Overlaps,
        weights: np.ndarray | None,
    ) -> Statistics:
        """The E-step over these patches, see `e_step`."""
        return e_step(self, templates, prior, sigma, overlaps, self.patch_pass, weights)


def suited(patch_pass: AnyPass, patches: Patches) -> AnyPass:
    """The pass, reading masked patches if these are."""
    return replace(patch_pass, masked=patches.measured is not None)  # type: ignore[type-var]


def e_step(
    chunks: Iterable[Any],
    templates: np.ndarray,
    prior: np.ndarray,
    sigma: float,
    overlaps: Overlaps,
    patch_pass: PatchPass,
    weights: np.ndarray | None = None,
) -> Statistics:
    """The posterior of every overlap of every patch, reduced as it is computed.

    With templates I_g = P_g x, the selection of samples T_s and the weights w of the poses,

        logit[p, s, g] = <patch_p, T_s I_g>/sigma^2 - ||T_s I_g||^2/(2 sigma^2)
                         + log rho_s + log w_g,
        logit[p, empty] = log rho_empty,

    followed by a softmax over all overlaps and poses; samples that were not measured are left out
    of products and norms. Blocks of patches stream through two matrix products; no array of patches
    x overlaps is ever held.

    Parameters
    ----------
    chunks : iterable
        A `PatchSource`, or any part of one, that `patch_pass` has prepared.
    templates : array, shape (K, L^d)
    prior : array, shape (S + 1,) or (S + Q + 1,)
        rho, the empty overlap last.
    sigma : float
    overlaps : Overlaps
        With those of two copies, s runs over them too: a patch may then see two copies that do not
        overlap, both in the same pose, and a sample that is seen twice counts twice.
    patch_pass : PatchPass
    weights : array, shape (K,), or None
        w; 1/K each where None.

    Source: Kreymer, Singer, Bendory, *An approximate expectation-maximization for two-dimensional
    multi-target detection*, the E-step, with the sums rearranged; Lan, Bendory, Boumal, Singer,
    *Multi-target detection with an arbitrary spacing distribution*, two copies.
    """
    templates = np.asarray(templates, dtype=float)
    log_prior, log_weights = log_probabilities(prior), pose_log_weights(len(templates), weights)
    sums = patch_pass(chunks, templates, log_prior, log_weights, sigma, overlaps)
    constant = sums.energy / (2 * sigma**2) + sums.samples / 2 * np.log(2 * np.pi * sigma**2)
    return Statistics(
        float(sums.log_evidence - constant),
        sums.patches,
        sums.samples,
        sums.energy,
        sums.images,
        sums.visibility,
        np.append(sums.weights.sum(axis=1), sums.empty),
    )


def log_probabilities(prior: np.ndarray) -> np.ndarray:
    """log rho, at least -1e4, so that no logit is infinite."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(prior), -1e4)


def pose_log_weights(count: int, weights: np.ndarray | None) -> np.ndarray:
    """log w of so many poses, shape (K,); of equal weights where None are given."""
    return np.full(count, -np.log(count)) if weights is None else log_probabilities(weights)


def quickest_pass(poses: int, overlaps: Overlaps, large: float = LARGE_PRODUCTS) -> PatchPass:
    """The pass for so many poses: shift by shift where windows are large; a GPU always takes the
    compiled loop, as do overlaps with two copies.
    """
    work = poses * overlaps.window.size
    by_shift = work >= large and not len(overlaps.pairs) and jax.default_backend() == "cpu"
    return PassByShift() if by_shift else FusedPass()
