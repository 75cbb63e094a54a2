"""Whole signals, ready for an exact E-step: all sets of copies are summed over."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mtdbench.backend import jnp
from mtdbench.likelihood.e_step import RESIDENT_BYTES, Statistics, pose_log_weights
from mtdbench.likelihood.signal_pass import SignalShape, SignalSums, signal_pass
from mtdbench.model.gap_law import GapLaw
from mtdbench.model.patches import Patches
from mtdbench.model.shifts import Overlaps
from mtdbench.ranks.communicator import ONE_RANK, Ranks, share_of

PART_ROWS = 512  # rows whose log ratios are computed at once
SIGNALS_AT_ONCE = 64

SignalRows = tuple[int, list[Any]]
"""How many signals, and their channels in rows, see `mtdbench.likelihood.copy_ratios`."""


@dataclass(frozen=True, slots=True, eq=False)
class SignalSource:
    """The signals that some patches are cut from.

    Copies lie wholly within a signal, by a law of their gaps, see `mtdbench.model.gap_law.GapLaw`.

    Attributes
    ----------
    patches : Patches
        On one grid, of all signals and ranks: per patch is the log-likelihood that EM reports.
    law : GapLaw
    signals : range
        This rank's.
    samples, energy : float
        Of these, how many samples were measured, and the sum of their squares.
    at_once : int
        Signals whose chains advance together.
    resident : tuple or None
        Their rows, where they fit in memory.
    """

    patches: Patches
    law: GapLaw
    signals: range
    samples: float = 0.0
    energy: float = 0.0
    at_once: int = SIGNALS_AT_ONCE
    resident: tuple[SignalRows, ...] | None = None

    @classmethod
    def of(
        cls,
        patches: Patches,
        law: GapLaw,
        ranks: Ranks = ONE_RANK,
        limit: int = RESIDENT_BYTES,
        at_once: int = SIGNALS_AT_ONCE,
    ) -> "SignalSource":
        """The source of this rank's share of the signals; in memory if that takes at most `limit`
        bytes, about.
        """
        source = cls(patches, law, share_of(ranks, len(patches.stack)), at_once=at_once)
        sums = np.zeros(2)
        for start, stop in source._groups():
            y, measured = source._read(start, stop)
            sums += y.size if measured is None else measured.sum(), np.sum(y**2)
        source = replace(source, samples=float(sums[0]), energy=float(sums[1]))
        width = 1 + patches.window.size / law.least
        fits = 8 * width * len(source.signals) * patches.stack.shape[1] <= limit
        return replace(source, resident=tuple(source)) if fits else source

    @property
    def share(self) -> range:
        """Which of the patches are of this rank's signals."""
        each = len(self.patches) // len(self.patches.stack)
        return range(self.signals.start * each, self.signals.stop * each)

    def __len__(self) -> int:
        return len(self.patches)

    def __iter__(self) -> Iterator[SignalRows]:
        """The signals, a few at a time."""
        if self.resident is not None:
            yield from self.resident
            return
        for start, stop in self._groups():
            y, measured = self._read(start, stop)
            channels = [y] if measured is None else [y, measured]
            shape = self.shape(stop - start, 1)
            yield stop - start, [_in_rows(channel, shape) for channel in channels]

    def shape(self, signals: int, poses: int) -> SignalShape:
        """Of so many signals, which are read in parts of equal size."""
        length, m = self.patches.window.size, self.law.least
        inside = self.patches.stack.shape[1] - length + 1
        blocks = -(-inside // m)
        each = -(-blocks // -(-blocks * signals // PART_ROWS))
        channels = 1 if self.patches.measured is None else 2
        memory = m, inside, self.law.free, length
        return SignalShape(-(-blocks // each), each, signals, *memory, poses, channels)

    def sums(
        self, templates: np.ndarray, prior: np.ndarray, sigma: float, weights: np.ndarray | None
    ) -> Iterator[SignalSums]:
        """The sums over the sets of copies of this rank's signals, a few at a time.

        Parameters
        ----------
        templates : array, shape (K, L)
        prior : array, shape (J + 2,)
            u of the law of the gaps.
        sigma : float
        weights : array, shape (K,), or None
            Of the poses; 1/K each where None.
        """
        templates = np.asarray(templates, dtype=float)
        given = templates, pose_log_weights(len(templates), weights), sigma
        matrices = self.law.log_transitions(prior), self.law.log_survival(prior)
        for signals, rows in self:
            yield signal_pass(rows, *given, *matrices, self.shape(signals, len(templates)))

    def statistics(
        self,
        templates: np.ndarray,
        prior: np.ndarray,
        sigma: float,
        overlaps: Overlaps,
        weights: np.ndarray | None,
    ) -> Statistics:
        """The exact E-step. In place of the weights of overlaps, which there are none of, stand the
        events and the exposures of the gaps, shape (2 (J + 1),).

        Parameters are those of `sums`.
        """
        images = np.zeros((2, len(templates), self.patches.window.size))
        counts, log_evidence = np.zeros((2, self.law.free + 1)), 0.0
        for each in self.sums(templates, prior, sigma, weights):
            log_evidence += each.log_evidence
            images += each.images, each.visibility
            counts += gap_counts(each)
        noise = self.energy / (2 * sigma**2) + self.samples / 2 * np.log(2 * np.pi * sigma**2)
        loglik, patches = float(log_evidence - noise), float(len(self.share))
        seen, visible = images
        return Statistics(loglik, patches, self.samples, self.energy, seen, visible, counts.ravel())

    def _groups(self) -> Iterator[tuple[int, int]]:
        signals = self.signals
        for start in range(signals.start, signals.stop, self.at_once):
            yield start, min(start + self.at_once, signals.stop)

    def _read(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Some signals without the background, 0 where they were not measured; and where they were,
        if that is not everywhere.
        """
        y = self.patches.stack[start:stop].astype(float) - self.patches.background
        if self.patches.measured is None:
            return y, None
        measured = self.patches.measured[start:stop]
        return np.where(measured, y, 0.0), measured.astype(float)


def _in_rows(channel: np.ndarray, shape: SignalShape) -> Any:
    """A channel of some signals, (R, N), in rows, `shape.rows`; 0 beyond its end."""
    blocks, _, m = shape.by_block
    padded = np.zeros((len(channel), blocks * m + shape.length - 1))
    padded[:, : channel.shape[1]] = channel
    rows = sliding_window_view(padded, shape.rows[-1], axis=1)[:, ::m]
    return jnp.asarray(rows.swapaxes(0, 1).reshape(shape.rows))


def gap_counts(sums: SignalSums) -> np.ndarray:
    """Events and exposures of the gaps, shape (2, J + 1), see `GapLaw.fitted`: how many copies
    began m + j samples after the last one, and how many could have; the last column is that of all
    places where the last copy is m + J samples away or farther, or none has begun yet.

    A copy at s blocks the m - 1 places after it. Every other one is exposed, and those of the last
    m + J places are not exposed to gaps that end beyond the signal. Places at which a copy would
    not lie within the signal any more are counted too, as the law has it where nothing is seen.
    """
    places, (m, reach) = len(sums.begins) * sums.begins.shape[2], sums.follows.shape
    free, at_end = reach - m, sums.begins[-1].sum(axis=0)
    copies, early = sums.begins.sum(), sums.begins[:-1].sum()
    near = np.array([np.trace(sums.follows, free - j) for j in range(free)])
    censored = sums.is_last[:free][::-1]
    exposed = early - np.append(0.0, np.cumsum(near + censored))[:free]
    blocked = (m - 1) * early + np.arange(m)[::-1] @ at_end
    beyond = places * sums.begins.shape[1] - blocked - exposed.sum()
    return np.array([np.append(near, copies - near.sum()), np.append(exposed, beyond)])
