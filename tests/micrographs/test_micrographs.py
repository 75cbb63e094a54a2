"""Several micrographs as one array, copied only if they have to be."""

import mmap

import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.micrographs import Micrographs, read_micrographs


def is_mapped(array: np.ndarray) -> bool:
    """Whether the samples lie in a file."""
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, mmap.mmap)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", ["y.mrc", "y.mrcs.gz", "y.mrc.bz2", "y.tif", "y.npy"])
def test_one_file_stays_mapped(name: str, count: int, write, samples) -> None:
    path = write(name, samples((count, 12, 9)))
    stack, mask = read_micrographs([str(path)], 2)[0].stacked()
    assert mask is None
    assert is_mapped(stack)
    assert np.array_equal(stack, samples((count, 12, 9)))


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2), (0, 1, 2, 2)], ids=str)
def test_other_orders_are_not_mistaken_for_the_file(order: tuple, samples) -> None:
    stack = samples((3, 12, 9))
    images = tuple(stack[place] for place in order)
    assert np.array_equal(Micrographs(images, ("m",) * len(images)).stacked()[0], stack[[*order]])


@pytest.mark.parametrize("sizes", [[(12, 9), (10, 11)], [(12, 9), (4, 9), (12, 9)], [(7,), (5,)]])
def test_smaller_ones_are_filled_up_with_what_was_not_measured(sizes: list, samples) -> None:
    images = tuple(samples(size, seed=seed) for seed, size in enumerate(sizes))
    stack, mask = Micrographs(images, ("m",) * len(images)).stacked()
    assert mask is not None
    assert mask.shape == stack.shape
    for place, known, image in zip(stack, mask, images, strict=True):
        assert np.array_equal(place[known].ravel(), image.ravel())
        assert known.sum() == image.size


def test_what_was_not_measured_stays_so(samples) -> None:
    images = samples((12, 9)), samples((10, 11))
    known = tuple(image > 0 for image in images)
    stack, mask = Micrographs(images, ("a", "b"), measured=known).stacked()
    assert mask is not None
    assert np.array_equal(mask, stack > 0)
    alone, mask = Micrographs(images[:1], ("a",), measured=known[:1]).stacked()
    assert np.array_equal(mask, alone > 0)


def test_a_mask_of_everything_is_none(samples) -> None:
    known = (np.ones((12, 9), dtype=bool),)
    assert Micrographs((samples((12, 9)),), ("a",), measured=known).stacked()[1] is None


def test_types_are_widened(samples) -> None:
    images = samples((12, 9), "i1"), samples((12, 9), "u2"), samples((12, 9), "f4")
    stack, _ = Micrographs(images, ("m",) * 3).stacked()
    assert stack.dtype == np.float32
    assert all(np.array_equal(a, b) for a, b in zip(stack, images, strict=True))


def test_there_have_to_be_some_with_one_number_of_axes(samples) -> None:
    with pytest.raises(InputError, match="no micrographs"):
        Micrographs((), ())
    with pytest.raises(InputError, match="1 and 2 axes"):
        Micrographs((samples((9,)), samples((12, 9))), ("a", "b"))
