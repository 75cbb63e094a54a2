"""What an estimator is given, and what it gives back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import read_array, release_pages
from mtdbench.micrographs.sample_checks import check_numbers
from mtdbench.model.forward import EVERY, ForwardModel
from mtdbench.model.instrument import read_forward_model
from mtdbench.model.spacing import DEFAULT_SPACING, Spacing
from mtdbench.ranks.communicator import ONE_RANK, Ranks, share_of
from mtdbench.spaces import Space


@dataclass(frozen=True, slots=True)
class Measurement:
    """A noisy measurement y = sum_t shift(P_{g_t} x, l_t) + sigma * noise; never the truth.

    It may consist of several parts that were measured independently, micrographs: several images,
    or several signals in 1-D.

    Attributes
    ----------
    samples : array, shape (N,) * d or (M,) + (N,) * d
        The measurement y, or M micrographs; memory-mapped where it comes from a file. d is that
        of `space.window`.
    space : Space
        What is estimated, its window L and its poses.
    sigma : float or None
        Standard deviation of the noise per sample; None where the user does not know it.
    spacing : str
        One of `mtdbench.model.spacing.Spacing`, or its word.
    forward : ForwardModel
        What the instrument shows of a copy; the trivial one of the space where none is given.
    """

    samples: np.ndarray
    space: Space
    sigma: float | None = None
    spacing: str = DEFAULT_SPACING
    forward: ForwardModel = None  # type: ignore[assignment]  # that of the bare space, see below

    def __post_init__(self) -> None:
        if getattr(self, "forward", None) is None:
            object.__setattr__(self, "forward", ForwardModel(self.space))
        shape, space = self.samples.shape, self.space
        ndim = space.window.ndim
        if len(shape) not in (ndim, ndim + 1) or shape[0] == 0:
            raise InputError(
                f"a measurement of shape {shape} for space '{space.name}':"
                f" expected {ndim} axes, or {ndim + 1} for several micrographs"
            )
        if any(n < side for n, side in zip(shape[-ndim:], space.window.shape, strict=True)):
            raise InputError(
                f"window {space.window} is larger than the measurement of shape {shape}:"
                " expected a window that fits"
            )
        if self.sigma is not None and not (np.isfinite(self.sigma) and self.sigma > 0):
            raise InputError(f"sigma {self.sigma}: expected a positive number")
        object.__setattr__(self, "spacing", Spacing(self.spacing))
        if self.forward.space != space:
            raise InputError(
                f"a forward model of space '{self.forward.space.name}' for space '{space.name}':"
                " expected one space"
            )
        self.forward.check(self.stack)

    @property
    def stack(self) -> np.ndarray:
        """The samples as micrographs, shape (M,) + (N,) * d whatever M; a view, nothing is read."""
        return self.space.window.stack(self.samples)

    def half(self, number: int) -> "Measurement":
        """The first (1) or second (2) half: of the micrographs, or of the only one along its
        first axis.

        Raises
        ------
        InputError
            If the halves would be smaller than a window.
        """
        several = self.samples.ndim > self.space.window.ndim and len(self.samples) > 1
        stack = self.samples if several else self.stack[0]
        middle = len(stack) // 2
        half = slice(middle, None) if number == 2 else slice(None, middle)
        forward = self.forward.within(*((half,) if several else (EVERY, half)))
        return replace(self, samples=stack[half], forward=forward)

    @classmethod
    def load(
        cls,
        path: Path,
        space: Space,
        sigma: float | None = None,
        spacing: str = DEFAULT_SPACING,
        ranks: Ranks = ONE_RANK,
    ) -> "Measurement":
        """The measurement in a `.npy` or `.mrc` file; a stack of images is several micrographs. An
        `instrument.json` beside it says what instrument recorded it, see
        `mtdbench.model.instrument`. Each of several ranks looks for NaN in its share of the samples
        alone.

        Raises
        ------
        InputError
            If the file cannot be read, does not fit the space, or holds NaN or infinities.
        """
        samples, forward = read_array(path), read_forward_model(path, space)
        return cls.of(samples, space, sigma, spacing, forward, str(path), ranks)

    @classmethod
    def of(
        cls,
        samples: np.ndarray,
        space: Space,
        sigma: float | None,
        spacing: str,
        forward: ForwardModel,
        name: str,
        ranks: Ranks = ONE_RANK,
    ) -> "Measurement":
        """The measurement with the samples of a file, which `name` stands for in messages.

        Raises
        ------
        InputError
            If the samples do not fit the space, hold NaN or infinities, or are too large.
        """
        if samples.ndim == space.window.ndim + 1 and samples.shape[0] == 1:
            samples = samples[0]  # an .mrc image may come as a stack of one
        measurement = cls(samples, space, sigma, spacing, forward)
        for part in pieces(measurement.stack, ranks=ranks):
            check_numbers(part, samples, name)
        return measurement


def pieces(
    stack: np.ndarray, samples: int = 2**22, ranks: Ranks = ONE_RANK
) -> Iterator[np.ndarray]:
    """A rank's share of a stack, shape (M,) + (N,) * d, in rows of about that many samples, in
    order. One in a file is not kept in memory.
    """
    rows = max(1, samples // int(np.prod(stack.shape[2:], dtype=int)))
    places = [(m, start) for m in range(len(stack)) for start in range(0, stack.shape[1], rows)]
    mine = share_of(ranks, len(places))
    for micrograph, start in places[mine.start : mine.stop]:
        yield stack[micrograph, start : start + rows]
        release_pages(stack)


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimate; an iterative method yields many, each better than the one before.

    Attributes
    ----------
    x : array, shape (n,)
        Coefficients in the measurement's space.
    density : float or None
        Estimated gamma = copies L^d / N^d.
    density_error : float or None
        Its standard error; at density 0, where nothing is found, the largest density that is
        likely of copies as faint as the likeliest ones.
    evidence : float or None
        Nats by which copies are likelier than noise alone, see `mtdbench.estimators.em.evidence`;
        None where that is not asked.
    objective : float or None
        What the method maximises or minimises (EM: log-likelihood per patch).
    prior : array or None
        Estimated prior over the overlaps of a patch, the empty one last; that of the gaps between
        copies, see `mtdbench.model.gap_law`, where whole signals are looked at.
    sigma : float or None
        Standard deviation of the noise, given or estimated.
    pairs : array or None
        Estimated xi: the probability that a copy lies at each displacement from another at which
        one window can see both, see `mtdbench.model.separations`.
    iterations : int or None
        Iterations so far.
    converged : bool or None
        Whether the method's own stopping rule was met; None for methods that have none.
    note : str
        A line for the log: starts, stopping rule, what a user should know.
    """

    x: np.ndarray
    density: float | None = None
    objective: float | None = None
    prior: np.ndarray | None = None
    sigma: float | None = None
    pairs: np.ndarray | None = None
    iterations: int | None = None
    converged: bool | None = None
    note: str = ""
    density_error: float | None = None
    evidence: float | None = None

    @property
    def found(self) -> bool | None:
        """Whether there is anything, where it was held against noise alone: no density of 0."""
        return None if self.evidence is None else self.density != 0
