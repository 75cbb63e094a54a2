"""EM behind transfer functions: it recovers what without them, or with others, it does not."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from mtdbench.estimators.characteristic.characteristic import characteristic
from mtdbench.estimators.em.em import em
from mtdbench.estimators.options import check_carried
from mtdbench.evaluate.relative_error import errors
from mtdbench.model.forward import ForwardModel
from mtdbench.optics import TransferFunction
from mtdbench.simulation import Dataset, Recipe, make_dataset

LENS = {"voltage": 300, "spherical_aberration": 2.7, "amplitude_contrast": 0.1}


@pytest.fixture(scope="module")
def data() -> Dataset:
    """Two micrographs of an image at different defocus; a sample is 12 angstrom."""
    groups = [asdict(TransferFunction(**LENS, defocus_u=u)) for u in (6000, 24000)]
    ctf = {"pixel_size": 12.0, "groups": groups, "margin": 1}
    return make_dataset(
        Recipe(
            space="disc", window=5, size=64, snr=5.0, density=0.06, micrographs=2, seed=2,
            instrument={"ctf": ctf, "groups": [0, 1]},
        )
    )  # fmt: skip


def found(data: Dataset, forward: ForwardModel) -> tuple[float, float]:
    """The error with a forward model, and the log-likelihood per patch."""
    measurement = replace(data.measurement, forward=forward)
    *_, last = em(measurement, np.random.default_rng(0), poses=8)
    assert last.objective is not None
    return errors(data.space, last.x, data.truth)["error"], last.objective


@pytest.fixture(scope="module")
def with_them(data: Dataset) -> tuple[float, float]:
    return found(data, data.measurement.forward)


def test_em_recovers_the_image_with_them(with_them: tuple[float, float]) -> None:
    assert with_them[0] < 0.08


def test_without_them_it_does_not(data: Dataset) -> None:
    assert found(data, ForwardModel(data.space))[0] > 0.4


def test_with_those_of_the_other_micrograph_it_is_worse(
    data: Dataset, with_them: tuple[float, float]
) -> None:
    forward = data.measurement.forward
    swapped = replace(forward, groups=1 - np.asarray(forward.groups))
    error, loglik = found(data, swapped)
    assert error > 3 * with_them[0]
    assert loglik < with_them[1] - 1


def test_the_other_sign_turns_the_image_over(data: Dataset) -> None:
    """A contrast that is applied twice gives -x: the likelihood cannot tell."""
    forward = data.measurement.forward
    turned = tuple(replace(each, kernel=-each.kernel) for each in forward.filters)
    measurement = replace(data.measurement, forward=replace(forward, filters=turned))
    *_, last = em(measurement, np.random.default_rng(0), poses=8)
    assert errors(data.space, -last.x, data.truth)["error"] < 0.08


def test_others_decline(data: Dataset) -> None:
    with pytest.raises(ValueError, match="a measurement with a filter for characteristic"):
        check_carried("characteristic", characteristic, data.measurement)
