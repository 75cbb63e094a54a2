"""The papers' formulas, evaluated by explicit loops over patches, shifts and poses.

Nothing of the package is used. The fixture `brute_force` hands it out. A window is its shape,
(L_1, ..., L_d); its sides may differ.
"""

from dataclasses import dataclass, field
from itertools import product

import numpy as np

Shape = tuple[int, ...]


def shifts(shape: Shape) -> list[tuple[int, ...]]:
    """All circular shifts of a copy padded with zeros to 2 L_i along each axis: prod 2 L_i."""
    return list(product(*(range(2 * side) for side in shape)))


def is_empty(shift: tuple[int, ...], shape: Shape) -> bool:
    """Whether a patch sees nothing of a copy under that shift: it is L_i along some axis."""
    return any(s == side for s, side in zip(shift, shape, strict=True))


def overlap_number(shift: tuple[int, ...], shape: Shape) -> int:
    """Number of the overlap: shifts in C order from -(L_i - 1) to L_i - 1, then the empty one,
    which all shifts equal to L_i along some axis are."""
    reach, number = [2 * side - 1 for side in shape], 0
    if is_empty(shift, shape):
        return int(np.prod(reach))
    for s, side, many in zip(shift, shape, reach, strict=True):
        signed = s if s < side else s - 2 * side
        number = number * many + signed + side - 1
    return number


def seen(template: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
    """C T_l Z template: padded with zeros, shifted circularly, cropped to the patch."""
    inside = tuple(slice(side) for side in template.shape)
    padded = np.zeros(2 * np.array(template.shape))
    padded[inside] = template
    return np.roll(padded, shift, tuple(range(template.ndim)))[inside]


def traced(patch: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
    """The adjoint of `seen`: what a patch shows of the template, 0 where it shows nothing."""
    return seen(patch, tuple(-s for s in shift))


def log_normal(patch: np.ndarray, mean: np.ndarray, sigma: float) -> float:
    """log N(patch; mean, sigma^2 I), of the samples that are not NaN."""
    residual = (patch - mean)[~np.isnan(patch)]
    return float(
        -np.sum(residual**2) / (2 * sigma**2) - residual.size / 2 * np.log(2 * np.pi * sigma**2)
    )


@dataclass
class Posterior:
    """For one patch every (shift, pose) and its posterior weight; the log-evidence."""

    log_evidence: float
    weights: list[tuple[tuple[int, ...], int, float]] = field(default_factory=list)


def posterior(
    patch: np.ndarray,
    templates: np.ndarray,
    prior: np.ndarray,
    sigma: float,
    pose_weights: np.ndarray | None = None,
) -> Posterior:
    """Bayes' rule. The prior of a shift is spread over the poses by their weights, evenly where
    None are given; all empty shifts share the prior of the empty overlap evenly."""
    shape, count = patch.shape, len(templates)
    of_pose = np.full(count, 1 / count) if pose_weights is None else pose_weights
    empty = sum(is_empty(shift, shape) for shift in shifts(shape))
    logs, places = [], []
    for shift in shifts(shape):
        share = prior[overlap_number(shift, shape)] / (empty if is_empty(shift, shape) else 1)
        for g, template in enumerate(templates):
            if share * of_pose[g] > 0:
                density = log_normal(patch, seen(template, shift), sigma)
                logs.append(density + np.log(share * of_pose[g]))
                places.append((shift, g))
    top = max(logs)
    evidence = sum(np.exp(value - top) for value in logs)
    weights = [np.exp(value - top) / evidence for value in logs]
    return Posterior(
        float(top + np.log(evidence)),
        [(shift, g, float(w)) for (shift, g), w in zip(places, weights, strict=True)],
    )


@dataclass
class Sums:
    loglik: float
    energy: float
    images: np.ndarray
    visibility: np.ndarray
    overlaps: np.ndarray


def statistics(
    patches: np.ndarray,
    templates: np.ndarray,
    prior: np.ndarray,
    sigma: float,
    pose_weights: np.ndarray | None = None,
) -> Sums:
    """What the E-step gives, for patches (P, L_1, ...) and templates (K, L_1, ...)."""
    shape = patches.shape[1:]
    total = Sums(0, 0, np.zeros(templates.shape), np.zeros(templates.shape), np.zeros(len(prior)))
    for patch in patches:
        found = posterior(patch, templates, prior, sigma, pose_weights)
        total.loglik += found.log_evidence
        total.energy += float(np.nansum(patch**2))
        for shift, g, weight in found.weights:
            total.images[g] += weight * traced(np.nan_to_num(patch), shift)
            total.visibility[g] += weight * traced(1.0 - np.isnan(patch), shift)
            total.overlaps[overlap_number(shift, shape)] += weight
    return total


def crowds(shape: Shape) -> list[list[int]]:
    """All sets of shifts under which a patch sees parts of copies of which no two overlap, by their
    numbers; the empty set first."""
    places = list(product(*(range(1 - side, side) for side in shape)))

    def apart(i: int, j: int) -> bool:
        steps = zip(places[i], places[j], shape, strict=True)
        return any(abs(a - b) >= side for a, b, side in steps)

    found: list[list[int]] = [[]]
    for number in range(len(places)):
        found += [[*c, number] for c in found if all(apart(number, other) for other in c)]
    return found


def crowd_statistics(
    patches: np.ndarray,
    templates: np.ndarray,
    prior: np.ndarray,
    sigma: float,
    pose_weights: np.ndarray | None = None,
) -> Sums:
    """What the E-step gives where a patch may see several copies, each in its own pose: a set C of
    them has the prior rho_empty prod_{s in C} rho_s / rho_empty."""
    shape, count = patches.shape[1:], len(templates)
    of_pose = np.full(count, 1 / count) if pose_weights is None else pose_weights
    places = list(product(*(range(1 - side, side) for side in shape)))
    total = Sums(0, 0, np.zeros(templates.shape), np.zeros(templates.shape), np.zeros(len(prior)))
    for patch in patches:
        logs, states = [], []
        for crowd in crowds(shape):
            for poses in product(range(count), repeat=len(crowd)):
                shown = [seen(templates[g], places[s]) for s, g in zip(crowd, poses, strict=True)]
                logs.append(log_normal(patch, sum(shown, np.zeros(shape)), sigma))
                logs[-1] += np.log(prior[-1]) + sum(np.log(prior[crowd] / prior[-1]))
                logs[-1] += sum(np.log(of_pose[list(poses)]))
                states.append(list(zip(crowd, poses, strict=True)))
        log_evidence = max(logs) + np.log(np.sum(np.exp(np.array(logs) - max(logs))))
        total.loglik += log_evidence
        total.energy += float(np.nansum(patch**2))
        for weight, state in zip(np.exp(np.array(logs) - log_evidence), states, strict=True):
            total.overlaps[-1] += weight * (not state)
            for s, g in state:
                total.images[g] += weight * traced(np.nan_to_num(patch), places[s])
                total.visibility[g] += weight * traced(1.0 - np.isnan(patch), places[s])
                total.overlaps[s] += weight
    return total


@dataclass
class Step:
    x: np.ndarray
    prior: np.ndarray
    sigma: float
    loglik: float


def em_step(
    patches: np.ndarray,
    operators: np.ndarray,
    x: np.ndarray,
    prior: np.ndarray,
    sigma: float,
    uniform: bool,
) -> Step:
    """One step of EM; operators (K, L^d, n) are the matrices P_g.

    The M-step is least squares over all (patch, shift, pose), each with its weight; sigma^2 is the
    weighted mean square of what is left.
    """
    shape, size = patches.shape[1:], len(x)
    templates = (operators @ x).reshape(-1, *shape)
    found = [posterior(patch, templates, prior, sigma) for patch in patches]
    a, b, rho = np.zeros((size, size)), np.zeros(size), np.zeros(len(prior))
    matrices = {  # C T_l Z P_g
        (shift, g): np.stack(
            [seen(operators[g][:, j].reshape(shape), shift).ravel() for j in range(size)], axis=1
        )
        for shift in shifts(shape)
        for g in range(len(operators))
    }
    for patch, one in zip(patches, found, strict=True):
        for shift, g, weight in one.weights:
            matrix = matrices[shift, g]
            a += weight * matrix.T @ matrix
            b += weight * matrix.T @ patch.ravel()
            rho[overlap_number(shift, shape)] += weight / len(patches)
    following = np.linalg.solve(a, b)
    rest = sum(
        weight * np.sum((patch.ravel() - matrices[shift, g] @ following) ** 2)
        for patch, one in zip(patches, found, strict=True)
        for shift, g, weight in one.weights
    )
    if uniform:
        rho[:-1] = (1 - rho[-1]) / (len(rho) - 1)
    return Step(
        following,
        rho,
        float(np.sqrt(rest / np.sum(~np.isnan(patches)))),
        sum(one.log_evidence for one in found),
    )


State = tuple[int, ...]  # where the copies that a patch sees begin, in samples of the patch


def states(window: int) -> list[State]:
    """What a patch of a line can see: one copy, two that do not overlap by their distance, none."""
    starts = range(1 - window, window)
    one: list[State] = [(s,) for s in starts]
    two: list[State] = [
        (s, t)
        for gap in range(window, 2 * window - 1)
        for s in starts
        for t in starts
        if t - s == gap
    ]
    return [*one, *two, ()]


def within_gaps(window: int, gap: int) -> list[float]:
    """How often a patch sees each state where copies follow one another at the same distance: a
    patch at every place between two of them, and what it sees by looking."""
    found = [0.0] * len(states(window))
    for place in range(gap):
        copies = [number * gap - place for number in range(-2, 4)]
        seen_here = tuple(s for s in copies if -window < s < window)
        found[states(window).index(seen_here)] += 1 / gap
    return found


def shown(template: np.ndarray, state: State) -> np.ndarray:
    """The patch without noise."""
    patch = np.zeros(len(template))
    for start in state:
        for i, value in enumerate(template):
            if 0 <= start + i < len(template):
                patch[start + i] += value
    return patch


@dataclass
class PairStep:
    loglik: float
    energy: float
    images: np.ndarray
    visibility: np.ndarray
    overlaps: np.ndarray
    x: np.ndarray
    sigma: float


def pair_step(
    patches: np.ndarray, templates: np.ndarray, prior: np.ndarray, sigma: float
) -> PairStep:
    """The statistics of patches (P, L) of a line under templates (K, L) and a prior over `states`;
    the copies of a patch have one pose. The one template and sigma that fit best, by least squares
    over all (patch, state), each with its weight."""
    (count, window), number = templates.shape, len(prior)
    images, visibility = np.zeros(templates.shape), np.zeros(templates.shape)
    weights, loglik, found = np.zeros(number), 0.0, []
    for patch in patches:
        logs = np.full((number, count), -np.inf)
        for v, state in enumerate(states(window)):
            for g, template in enumerate(templates):
                if prior[v] > 0:
                    density = log_normal(patch, shown(template, state), sigma)
                    logs[v, g] = density + np.log(prior[v] / count)
        top = logs.max()
        evidence = top + np.log(np.sum(np.exp(logs - top)))
        loglik += evidence
        posterior = np.exp(logs - evidence)
        weights += posterior.sum(axis=1)
        found.append(posterior.sum(axis=1))
        for v, state in enumerate(states(window)):
            for start in state:
                for i in range(window):
                    if 0 <= start + i < window and not np.isnan(patch[start + i]):
                        images[:, i] += posterior[v] * patch[start + i]
                        visibility[:, i] += posterior[v]
    a, b = np.zeros((window, window)), np.zeros(window)
    matrices = [
        np.stack([shown(row, state) for row in np.eye(window)], axis=1) for state in states(window)
    ]
    for patch, shares in zip(patches, found, strict=True):
        known = ~np.isnan(patch)
        for matrix, share in zip(matrices, shares, strict=True):
            a += share * matrix[known].T @ matrix[known]
            b += share * matrix[known].T @ patch[known]
    x = np.linalg.solve(a, b)
    rest = sum(
        share * np.nansum((patch - matrix @ x) ** 2)
        for patch, shares in zip(patches, found, strict=True)
        for matrix, share in zip(matrices, shares, strict=True)
    )
    return PairStep(
        loglik,
        float(np.nansum(patches**2)),
        images,
        visibility,
        weights,
        x,
        float(np.sqrt(rest / np.sum(~np.isnan(patches)))),
    )
