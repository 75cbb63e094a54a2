"""Dead borders: lines at the rim of a micrograph in which the detector recorded nothing."""

import numpy as np

from mtdbench.preparation.block_statistics import robust_scale

RIM_DEPTH = 0.125
"""How deep a border may reach from either side, as a share of an axis, if its lines vary."""
JUMP = 10.0
"""Standard deviations by which level or spread of the samples change where a border ends."""
FEWEST_OF_A_LINE = 8
"""Samples that make a constant line, or statistics."""
LINE_PARTS = 4
"""Parts of a line that all have to jump."""
MOST_OF_A_LINE = 1024
"""Samples of a line that its statistics are made of."""


def live_box(image: np.ndarray) -> tuple[slice, ...]:
    """The box of a micrograph without its dead borders.

    Lines (of a signal: samples) at the rim are dead if they are constant or repeat the outermost
    one, to any depth; or, to the depth `RIM_DEPTH`, if level or spread jump to those of the lines
    inside. Both are compared with how they change from line to line, so that a gradient is no
    border.
    """
    box = [slice(0, n) for n in image.shape]
    for axis in range(image.ndim):
        lines = np.moveaxis(image[tuple(box)], axis, 0)
        first = _repeated(lines)
        last = len(lines) - _repeated(lines[::-1]) if first < len(lines) else len(lines)
        if first < last:
            before, behind = _jumps(lines[first:last])
            first, last = first + before, last - behind
        box[axis] = slice(first, last)
    return tuple(box)


def _repeated(lines: np.ndarray) -> int:
    """How many lines at the start are constant or equal the first."""
    number = next((j for j, line in enumerate(lines) if not _is_dead(line, lines[0])), len(lines))
    return (
        number
        if number * lines[0].size >= FEWEST_OF_A_LINE and (number > 1 or _flat(lines[0]))
        else 0
    )


def _is_dead(line: np.ndarray, rim: np.ndarray) -> bool:
    return _flat(line) or bool(np.array_equal(line, rim))


def _flat(line: np.ndarray) -> bool:
    return line.size >= FEWEST_OF_A_LINE and bool(np.all(line == line.flat[0]))


def _jumps(lines: np.ndarray) -> tuple[int, int]:
    """Lines before the first and behind the last place at which the statistics jump."""
    depth = int(RIM_DEPTH * len(lines))
    if lines[0].size < FEWEST_OF_A_LINE or depth < 1:
        return 0, 0
    found = _steps(lines.reshape(len(lines), -1)) > JUMP
    before, behind = np.flatnonzero(found[:depth]), np.flatnonzero(found[::-1][:depth])
    return (int(before[-1]) + 1 if len(before) else 0, int(behind[-1]) + 1 if len(behind) else 0)


def _steps(lines: np.ndarray) -> np.ndarray:
    """How far the statistics change from line to line, shape (lines - 1,), in robust standard
    deviations of such changes; of the parts of a line that changes least, so that what lies beside
    a border is none.
    """
    thin = lines[:, :: max(1, lines.shape[1] // MOST_OF_A_LINE)].astype(float)
    parts = LINE_PARTS if thin.shape[1] >= LINE_PARTS * FEWEST_OF_A_LINE else 1
    least = np.full(len(lines) - 1, np.inf)
    for part in np.array_split(thin, parts, axis=1):
        ordered, number = np.sort(part, axis=1), part.shape[1]
        tenth, half = max(1, number // 10), number // 2
        level = ordered[:, tenth:-tenth].mean(axis=1)
        spread = ordered[:, half:-tenth].mean(axis=1) - ordered[:, tenth:half].mean(axis=1)
        typical, noise = float(np.median(spread)), np.sqrt(2 / number)
        logarithm = np.log(spread + 1e-3 * typical + 1e-300)
        changes = _departures(level, typical * noise), _departures(logarithm, noise)
        least = np.minimum(least, np.maximum(*changes))
    return least


def _departures(values: np.ndarray, floor: float) -> np.ndarray:
    """Differences of neighbours in their robust standard deviation, or in `floor`."""
    steps = np.diff(values)
    return np.abs(steps) / max(robust_scale(steps)[1], floor, 1e-300)
