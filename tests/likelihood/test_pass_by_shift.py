"""The pass shift by shift alone: its boxes, its blocks and its threads."""

import numpy as np
import pytest

from mtdbench.likelihood.logit_factors import boxes, exponentials
from mtdbench.likelihood.pass_by_shift import PassByShift
from mtdbench.model.shifts import overlaps
from mtdbench.spaces import Window


@pytest.mark.parametrize("shape", [(4,), (3, 3), (5, 5), (3, 5), (4, 2), (2, 3, 4)], ids=str)
def test_boxes_hold_every_pair_of_pixels_once(shape: tuple[int, ...]) -> None:
    window = Window(shape)
    pixels = np.arange(window.size).reshape(shape)
    pairs = [
        pair
        for box in boxes(window)
        for pair in zip(pixels[box.patch].flat, pixels[box.template].flat, strict=True)
    ]
    assert len(set(pairs)) == len(pairs) == window.size**2
    assert sum(box.pixels for box in boxes(window)) == len(pairs)
    shown = [overlaps(window).visible[box.index].sum() for box in boxes(window)]
    assert shown == [box.pixels for box in boxes(window)] == sorted(shown, reverse=True)


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("patches", [0, 1, 100, 5000])
@pytest.mark.parametrize("poses", [1, 552, 10**6])
def test_blocks_are_small_and_enough(
    patches: int, poses: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", str(workers))
    patch_pass, chunk = PassByShift(), np.arange(patches)
    least, most = patch_pass.block_patches
    blocks = list(patch_pass.blocks(chunk, poses))
    assert np.array_equal(np.concatenate([chunk[:0], *blocks]), chunk)
    assert all(0 < len(block) <= most for block in blocks)
    assert all(len(b) * poses <= patch_pass.block_logits for b in blocks if len(b) > least)
    assert len(blocks) >= min(workers, patches // least)


def test_threads_share_the_work_and_not_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, geometry = np.random.default_rng(0), overlaps(Window((4, 4)))
    patches, templates = rng.standard_normal((299, 16)), rng.standard_normal((5, 16))
    log_prior, log_weights = np.log(rng.dirichlet(np.ones(50))), np.log(rng.dirichlet(np.ones(5)))
    arguments, found = ([patches], templates, log_prior, log_weights, 1.0, geometry), []
    for workers in ("1", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", workers)
        found.append(PassByShift()(*arguments))
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
