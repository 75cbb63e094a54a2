"""Whole micrographs, ready for an E-step: copies anywhere, any two of which keep their distance."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mtdbench.likelihood.belief_propagation import Lattice, beliefs
from mtdbench.likelihood.e_step import Statistics, pose_log_weights
from mtdbench.likelihood.gas_alone import log_partition_alone
from mtdbench.likelihood.place_pass import Copies, Places, log_ratio, weighted_sums
from mtdbench.likelihood.screen import MOST_OPEN, Screen, screened, worth_screening
from mtdbench.model.patches import Patches
from mtdbench.model.shifts import Overlaps
from mtdbench.model.tiles import Tile, tiling
from mtdbench.ranks.communicator import ONE_RANK, Ranks, share_of

RIM_CELLS = 1  # of the lattice, about a tile: what lies farther away tells little of its places


@dataclass(frozen=True, slots=True, eq=False)
class MicrographSource:
    """The micrographs that some patches are cut from, or the parts of them that were drawn.

    Copies lie wholly within a micrograph. Their places are those of a hard-core lattice gas: a set
    of T of them is likely as z^T if any two keep their distance, see
    `mtdbench.likelihood.belief_propagation`.

    Attributes
    ----------
    patches : Patches
        On one grid, of all ranks: per patch is the log-likelihood that EM reports.
    least : tuple of d ints
        The least distance of two copies, along one axis at least.
    places : Places
    tiles : tuple of Tile
        This rank's.
    share : range
        Which of the patches are this rank's, if they were in the order of the tiles.
    samples, energy : float
        Of the tiles, how many samples were measured, and the sum of their squares.
    """

    patches: Patches
    least: tuple[int, ...]
    places: Places
    tiles: tuple[Tile, ...]
    share: range
    samples: float = 0.0
    energy: float = 0.0

    @classmethod
    def of(
        cls, patches: Patches, least: tuple[int, ...], dtype: type, ranks: Ranks = ONE_RANK
    ) -> "MicrographSource":
        """The source of this rank's share of the tiles that the patches are in."""
        rim = tuple(RIM_CELLS * m for m in least)
        cut = tiling(patches, rim)
        numbers = cut.numbers(patches)
        mine = share_of(ranks, len(numbers))
        first, last = (len(patches) * end // len(numbers) for end in (mine.start, mine.stop))
        tiles = tuple(cut.tiles(numbers[mine.start : mine.stop]))
        places = Places(patches, dtype)
        source = cls(patches, least, places, tiles, range(first, last))
        sums = np.zeros(2)
        for tile in tiles:
            y, *measured = places.samples(tile)
            sums += measured[0].sum() if measured else y.size, np.sum(y.astype(float) ** 2)
        return replace(source, samples=float(sums[0]), energy=float(sums[1]))

    def __len__(self) -> int:
        return len(self.patches)

    def statistics(
        self,
        templates: np.ndarray,
        prior: np.ndarray,
        sigma: float,
        overlaps: Overlaps,
        weights: np.ndarray | None,
    ) -> Statistics:
        """The E-step. In place of the weights of overlaps, which there are none of, stand how many
        copies there are and how many places are free for one, shape (2,); patches are counted by
        the samples.

        Parameters
        ----------
        templates : array, shape (K, L^d)
        prior : array, shape (2,)
            Both per patch, as `mtdbench.estimators.em.activity_prior.ActivityPrior` has them.
        sigma : float
        weights : array, shape (K,), or None
            Of the poses; 1/K each where None.
        """
        copies = Copies(
            np.asarray(templates, dtype=float), pose_log_weights(len(templates), weights), sigma
        )
        images = np.zeros((2, *templates.shape))
        counts, log_evidence = np.zeros(2), 0.0
        for tile, shares, free, gain in self.posteriors(copies, float(np.log(prior[0] / prior[1]))):
            least = float(np.finfo(self.places.dtype).eps)
            images += weighted_sums(self.places, tile, copies, shares, least)
            counts += shares.sum(), free.sum()
            log_evidence += gain
        noise = self.energy / (2 * sigma**2) + self.samples / 2 * np.log(2 * np.pi * sigma**2)
        counted = sum(_size(tile) for tile in self.tiles) / self.patches.window.size
        totals = log_evidence - noise, counted, self.samples, self.energy
        return Statistics(*totals, images[0], images[1], counts)

    def posteriors(
        self, copies: Copies, log_activity: float
    ) -> Iterator[tuple[Tile, np.ndarray, np.ndarray, float]]:
        """Of each tile, for its own places and 0 elsewhere: P(a copy begins there), and P(none
        does and none is too near); and by how much copies of that activity are likelier than noise
        alone, in nats.
        """
        sides = zip(self.patches.stack.shape[1:], self.patches.window.shape, strict=True)
        places = tuple(n - length + 1 for n, length in sides)
        alone = log_partition_alone(log_activity, places, self.least) / np.prod(places)
        screen = Screen.of(copies) if worth_screening(copies) else None
        for tile in self.tiles:
            owned = tile.owned
            if screen is None:
                ratios = log_ratio(self.places, tile, copies)
            else:
                ratios, share = screened(self.places, tile, copies, screen, log_activity)
                screen = screen if share <= MOST_OPEN else None
            activity = log_activity + ratios
            lattice = Lattice(tile.shape, self.least)
            shares, gain = beliefs(activity.astype(self.places.dtype), owned, lattice)
            shares = np.where(owned, shares, 0.0)
            with np.errstate(over="ignore", invalid="ignore"):
                free = np.where(shares > 0, shares * np.exp(-activity), 0.0)
            yield tile, shares, free, gain - float(alone * owned.sum())


def _size(tile: Tile) -> int:
    return int(np.prod([side.stop - side.start for side in tile.samples]))
