"""The forward model: what the instrument shows of a copy."""

from dataclasses import dataclass, replace

import numpy as np

from mtdbench.errors import InputError
from mtdbench.model.basis_projector import BasisProjector
from mtdbench.model.filters import Filter, Identity
from mtdbench.model.fractions import Fractions
from mtdbench.model.patches import Patches, every_window
from mtdbench.model.pose_law import PoseLaw, UniformPoses
from mtdbench.spaces import Space, Window
from mtdbench.spaces.protocol import Projector

FEATURES = ("filter", "background", "pose law", "mask")
"""What a forward model may have beside the trivial one."""

NO_FILTER = (Identity(),)
ANY_POSE = UniformPoses()
EVERY = slice(None)


@dataclass(frozen=True, slots=True, eq=False)
class ForwardModel:
    """What a measurement shows of copies of an object x in poses g_t at places l_t,

        y_m = b + sum_t shift(A_k P_{g_t} x, l_t) + sigma noise,  on the samples that were measured,

    with k the optics group of micrograph m. A bare space is the trivial one: A = I, b = 0, all
    poses equally likely, every sample measured. Simulation, EM, the oracle, the matched filter,
    bounds and picking ask the forward model, never the space, what a copy looks like.

    Attributes
    ----------
    space : Space
        The object, its poses, and P_g.
    filters : tuple of Filter
        A_k, one for each optics group.
    groups : int array, shape (M,), or None
        The optics group of each micrograph; None where all are of the first.
    background : float
        b.
    pose_law : PoseLaw
    measured : bool array, shape (M,) + (N,) * d, or None
        Which samples were measured; None for all.
    fractions : Fractions or None
        The law of fractions f of a sample by which copies lie beside samples, at l_t + f_t; a pose
        g is then a pair (g, f), shape (K, p + d), see `mtdbench.model.basis_projector`. None: all
        lie at samples. An estimator that sums over fractions adds it to what it is given.

    Raises
    ------
    InputError
        If the filters do not have one margin, or a micrograph is of a group that there is not.
    """

    space: Space
    filters: tuple[Filter, ...] = NO_FILTER
    groups: np.ndarray | None = None
    background: float = 0.0
    pose_law: PoseLaw = ANY_POSE
    measured: np.ndarray | None = None
    fractions: Fractions | None = None

    def __post_init__(self) -> None:
        margins = {each.margin for each in self.filters}
        if len(margins) != 1:
            raise InputError(f"filters with margins {sorted(margins)}: expected one margin")
        if self.groups is not None and not np.all(np.isin(self.groups, range(len(self.filters)))):
            raise InputError(f"optics groups {self.groups}: expected 0 to {len(self.filters) - 1}")

    @property
    def features(self) -> frozenset[str]:
        """The parts that are not trivial, by name: an estimator carries or declines each."""
        present = (
            not all(each.is_identity for each in self.filters),
            self.background != 0,
            not self.pose_law.is_uniform,
            self.measured is not None,
        )
        return frozenset(name for name, there in zip(FEATURES, present, strict=True) if there)

    def projector(self, group: int = 0) -> Projector:
        """A_k P_g, of the poses g that this model has."""
        between, each = self.fractions is not None, self.filters[group]
        if each.is_identity and not between:
            return self.space
        return BasisProjector(self.space, each, between)

    @property
    def margin(self) -> int:
        """Samples by which a copy shows beyond its window, on each side."""
        moved = 0 if self.fractions is None else self.space.move_margin
        return self.filters[0].margin + moved

    @property
    def support(self) -> Window:
        """The window in which a copy shows: that of the space, grown by the margin."""
        return self.space.window.grown(self.margin)

    @property
    def spread(self) -> float:
        """How many times as many samples a copy shows in as its window has: 1 without a margin."""
        return self.support.size / self.space.window.size

    @property
    def visible_share(self) -> float:
        """Copies that a patch of the support sees at density 1, in the mean."""
        return self.support.visible_share * self.spread

    def group_of(self, micrographs: np.ndarray) -> np.ndarray:
        """The optics group of each of these micrographs, int, same shape."""
        return np.zeros_like(micrographs) if self.groups is None else self.groups[micrographs]

    @property
    def group_shares(self) -> tuple[tuple[int, float], ...]:
        """The optics groups that micrographs are of, each with its share of them."""
        if self.groups is None:
            return ((0, 1.0),)
        found, counts = np.unique(self.groups, return_counts=True)
        shares = counts / len(self.groups)
        return tuple(zip(map(int, found), map(float, shares), strict=True))

    @property
    def grid_fractions(self) -> np.ndarray:
        """The fractions with which each pose of a grid is combined, shape (Q, d); (1, 0) where
        copies lie at samples.
        """
        if self.fractions is None:
            return np.empty((1, 0))
        return self.fractions.grid(self.space.window.ndim)

    def between_samples(self, nodes: int) -> "ForwardModel":
        """The model of copies at any fraction of a sample, of which a grid has `nodes` along each
        axis; for one the model as it is.
        """
        return self if nodes == 1 else replace(self, fractions=Fractions(nodes=nodes))

    def within(self, micrographs: slice, rows: slice = EVERY) -> "ForwardModel":
        """The model of a part of the measurement: of some micrographs, and of each some rows (the
        samples along its first axis).
        """
        groups = None if self.groups is None else self.groups[micrographs]
        measured = None if self.measured is None else self.measured[micrographs, rows]
        return replace(self, groups=groups, measured=measured)

    def check(self, stack: np.ndarray) -> None:
        """Check that the groups and the mask are those of a stack of micrographs.

        Raises
        ------
        InputError
            If they are of another shape.
        """
        if self.groups is not None and self.groups.shape != stack.shape[:1]:
            raise InputError(f"{len(self.groups)} optics groups: expected {len(stack)}")
        if self.measured is not None and self.measured.shape != stack.shape:
            raise InputError(f"a mask of shape {self.measured.shape}: expected {stack.shape}")

    def project(self, x: np.ndarray, poses: np.ndarray, group: int = 0) -> np.ndarray:
        """A_k P_g x for each pose, shape (K, support.size)."""
        return self.projector(group).project(x, poses)

    def adjoint(self, images: np.ndarray, poses: np.ndarray, group: int = 0) -> np.ndarray:
        """sum_g P_g^T A_k^T images_g, shape (n,)."""
        return self.projector(group).adjoint(images, poses)

    def operator(self, poses: np.ndarray, group: int = 0) -> np.ndarray:
        """The matrices A_k P_g, shape (K, support.size, n)."""
        return self.projector(group).operator(poses)

    def normal(self, weights: np.ndarray, poses: np.ndarray, group: int = 0) -> np.ndarray:
        """sum_g P_g^T A_k^T diag(weights_g) A_k P_g, shape (n, n)."""
        return self.projector(group).normal(weights, poses)

    def poses(self, count: int) -> np.ndarray:
        """A grid of `count` poses of the space, or nearly so many, each with all fractions of the
        grid, shape (K Q, p + d).
        """
        grid, fractions = self.space.poses(count), self.grid_fractions
        every = np.tile(grid, (len(fractions), 1)), np.repeat(fractions, len(grid), axis=0)
        return np.concatenate(every, axis=1)

    def randomly_rotated_poses(self, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The poses, all rotated by the same random one; their fractions stay."""
        alone, fractions = self.split(poses)
        return np.concatenate([self.space.randomly_rotated_poses(alone, rng), fractions], axis=1)

    def pose_weights(self, poses: np.ndarray) -> np.ndarray | None:
        """The probabilities of the poses of a grid, shape (K,); None where they are equally
        likely.
        """
        return self.pose_law.weights(self.split(poses)[0])

    def split(self, poses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The poses of the space, and the fractions beside them."""
        width = poses.shape[1] - self.grid_fractions.shape[1]
        return poses[:, :width], poses[:, width:]

    def patches(
        self, stack: np.ndarray, offsets: tuple[tuple[int, ...], ...] = ()
    ) -> tuple[tuple[int, Patches], ...]:
        """The patches of each optics group that has any, without the background: those that were
        measured whole, then those that were in part. Patches of which nothing was measured are left
        out.

        Raises
        ------
        InputError
            If nothing was measured at all.
        """
        every = Patches(stack, self.support, offsets, background=self.background)
        parts = [every] if self.measured is None else self._by_what_was_measured(every)
        if self.groups is None:
            return tuple((0, part) for part in parts)
        found = [
            (k, part.only(self.group_of(part.places(0, len(part))[0]) == k))
            for part in parts
            for k in range(len(self.filters))
        ]
        return tuple((k, part) for k, part in found if len(part))

    def _by_what_was_measured(self, every: Patches) -> list[Patches]:
        """The patches that were measured whole and those that were in part, if there are any."""
        mask = Patches(np.asarray(self.measured), self.support, every.offsets)
        share = np.concatenate([c.mean(axis=1) for c in mask.chunks(2**16, bool)])
        partly = replace(every.only((share > 0) & (share < 1)), measured=self.measured)
        found = [part for part in (every.only(share == 1), partly) if len(part)]
        if not found:
            raise InputError("a mask that leaves no sample: expected samples that were measured")
        return found

    def shown(
        self, stack: np.ndarray, micrographs: np.ndarray, corners: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """What a measurement shows in the support of copies at these corners, without the
        background, and whether it was measured; both (T, support.size), the second bool.
        """
        edge = [(0, 0), *[(self.margin,) * 2] * corners.shape[1]]
        index = (micrographs, *corners.T)
        padded = np.pad(stack, edge) if self.margin else stack
        images = every_window(padded, self.support)[index].reshape(len(corners), -1).astype(float)
        if self.background:
            images -= self.background
        if not (self.margin or self.measured is not None):
            return images, np.ones(images.shape, dtype=bool)
        known = np.ones(stack.shape, dtype=bool) if self.measured is None else self.measured
        seen = every_window(np.pad(known, edge), self.support)[index].reshape(images.shape)
        return images * seen, seen
