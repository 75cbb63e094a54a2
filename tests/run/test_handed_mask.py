"""A mask beside a measurement is part of what a run is handed."""

import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.model.forward import ForwardModel
from mtdbench.model.instrument import with_mask
from mtdbench.model.measurement import Measurement
from mtdbench.run.handed import receive_inputs
from mtdbench.run.handing import hand_over, nameless
from mtdbench.run.job import Job
from mtdbench.spaces import make_space

SPACE = make_space("line", 6)


def job_of(folder: Path, mask: np.ndarray | None) -> Job:
    np.save(folder / "measurement.npy", np.arange(30.0).reshape(2, 15))
    if mask is not None:
        np.save(folder / "mask.npy", mask.astype(np.uint8))
    np.savez(folder / "truth.npz", x=np.arange(6.0))
    return Job(
        measurement=str(folder / "measurement.npy"), space="line", window=6, basis="auto",
        spacing="arbitrary", sigma=None, method="zero", options={}, seed=0,
        truth=str(folder / "truth.npz"),
    )  # fmt: skip


def handed(job: Job, *names: str) -> Callable:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        hand_over(ours, job, names)
        return receive_inputs(theirs, Job(**nameless(job)))


def test_a_run_is_handed_the_mask_and_what_it_may_be_told(tmp_path: Path) -> None:
    mask = np.ones((2, 15), dtype=bool)
    mask[1, 4:7] = False
    job = job_of(tmp_path, mask)
    inputs = handed(job, "truth")
    given = inputs.measurement(SPACE)
    assert np.array_equal(given.forward.measured, mask)
    assert np.array_equal(inputs.tell("truth", SPACE), np.arange(6.0))
    by_path = Measurement.load(Path(job.measurement), SPACE)
    assert np.array_equal(by_path.forward.measured, mask)
    inputs.close()


def test_without_a_mask_all_samples_were_measured(tmp_path: Path) -> None:
    inputs = handed(job_of(tmp_path, None), "truth")
    assert inputs.measurement(SPACE).forward.measured is None
    assert np.array_equal(inputs.tell("truth", SPACE), np.arange(6.0))


def test_a_mask_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a mask of shape"):
        Measurement.load(Path(job_of(tmp_path, np.ones((2, 14))).measurement), SPACE)
    with pytest.raises(InputError, match=r"a mask of shape \(1, 1, 1\): expected 1 axes, or 2"):
        with_mask(ForwardModel(SPACE), np.ones((1, 1, 1)))
