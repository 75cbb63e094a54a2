"""A measurement as images that other programs open: `.mrc` beside `.npy`."""

from pathlib import Path

import numpy as np

from mtdbench.files import replacing
from mtdbench.model.measurement import pieces


def write_mrc_images(path: Path, samples: np.ndarray) -> None:
    """Write an image (N, N), or a stack of images (M, N, N), as MRC2014, row block by row block.

    float32, 1 angstrom to a sample (unknown); the samples may be memory-mapped and larger than the
    memory. The same samples are the same file.
    """
    import mrcfile

    shape, stack = samples.shape, samples.reshape(-1, *samples.shape[-2:])
    with (
        replacing(path) as temporary,
        mrcfile.new_mmap(temporary, shape, mrc_mode=2, overwrite=True) as file,
    ):
        if stack.shape != (1, *shape):
            file.set_image_stack()
        file.voxel_size = 1.0
        # In place of mrcfile's own label, which holds the time.
        file.header.label[0] = "mtdbench"
        rows = file.data.reshape(-1, shape[-1])
        low, high, first, second, top = np.inf, -np.inf, 0.0, 0.0, 0
        for piece in pieces(stack):
            rows[top : top + len(piece)] = piece
            top += len(piece)
            low, high = min(low, piece.min()), max(high, piece.max())
            first += float(piece.sum(dtype=float))
            second += float(np.sum(np.square(piece, dtype=float)))
        mean = first / samples.size
        # mrcfile's own statistics would hold copies of everything at once.
        file.header.dmin, file.header.dmax, file.header.dmean = low, high, mean
        file.header.rms = np.sqrt(max(second / samples.size - mean**2, 0.0))
