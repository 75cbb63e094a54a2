"""The shiftwise pass alone: its boxes, its blocks and its threads."""

import numpy as np
import pytest

from mtdbench.likelihood import pass_by_shift
from mtdbench.likelihood.pass_by_shift import boxes, cut, exponentials
from mtdbench.model.shifts import views


@pytest.mark.parametrize(("window", "ndim"), [(4, 1), (3, 2), (5, 2)])
def test_boxes_hold_every_pair_of_pixels_once(window: int, ndim: int) -> None:
    pixels = np.arange(window**ndim).reshape((window,) * ndim)
    pairs = [
        pair
        for box in boxes(window, ndim)
        for pair in zip(pixels[box.patch].flat, pixels[box.template].flat, strict=True)
    ]
    assert len(set(pairs)) == len(pairs) == window ** (2 * ndim)
    assert sum(box.pixels for box in boxes(window, ndim)) == len(pairs)
    shown = [views(window, ndim).visible[box.index].sum() for box in boxes(window, ndim)]
    assert shown == [box.pixels for box in boxes(window, ndim)] == sorted(shown, reverse=True)


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("patches", [0, 1, 100, 5000])
@pytest.mark.parametrize("poses", [1, 552, 10**6])
def test_blocks_are_small_and_enough(
    patches: int, poses: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", str(workers))
    chunk, (least, most) = np.arange(patches), pass_by_shift.BLOCK_PATCHES
    blocks = list(cut(chunk, poses))
    assert np.array_equal(np.concatenate([chunk[:0], *blocks]), chunk)
    assert all(0 < len(block) <= most for block in blocks)
    assert all(len(b) * poses <= pass_by_shift.BLOCK_LOGITS for b in blocks if len(b) > least)
    assert len(blocks) >= min(workers, patches // least)


def test_threads_share_the_work_and_not_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    patches, templates = rng.standard_normal((300, 16)), rng.standard_normal((5, 16))
    log_prior, found = np.log(rng.dirichlet(np.ones(50))), []
    for workers in ("1", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", workers)
        found.append(pass_by_shift.sweep([(patches, 299)], templates, log_prior, 1.0, 2))
    one, three = found
    assert one.patches == three.patches == 299
    assert one.log_evidence == pytest.approx(three.log_evidence, rel=1e-12)
    np.testing.assert_allclose(one.images, three.images, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one.weights, three.weights, rtol=1e-9, atol=1e-12)


def test_exponentials_stay_normal_numbers() -> None:
    """Those below take a processor many times as long, and count for nothing beside the largest."""
    logits = np.array([-1e30, -1e4, -100, -88, -79, -1, 0, 60], dtype=np.float32)
    found, exact = exponentials(logits.copy()), np.exp(logits.astype(float))
    assert found.min() >= 100 * np.finfo(np.float32).tiny
    np.testing.assert_allclose(found, exact, rtol=1e-5, atol=1e-30)
