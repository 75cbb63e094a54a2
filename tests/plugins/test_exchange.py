"""The format in which a command is given a measurement, and in which it answers."""

import io
import math

import numpy as np
import pytest

from mtdbench import Measurement, make_space
from mtdbench.plugins.exchange import HEADER_BYTES, read_estimate, write_exchange

SHAPES = {
    ("line", "auto"): [(40,), (3, 40)],
    ("line", "classes:2"): [(40,)],
    ("disc", "auto"): [(30, 30), (2, 30, 20)],
    ("ball", "auto"): [(30, 30)],
}
CASES = [(name, basis, shape) for (name, basis), shapes in SHAPES.items() for shape in shapes]


def written(measurement: Measurement, answers: str = "samples") -> tuple[dict[str, str], bytes]:
    file = io.BytesIO()
    write_exchange(file, measurement, 5, answers)
    content = file.read()
    lines = content[:HEADER_BYTES].decode("ascii").splitlines()
    header = dict(line.split(" ", 1) for line in lines if line.strip())
    return header, content[HEADER_BYTES:]


@pytest.mark.parametrize(("name", "basis", "shape"), CASES)
def test_what_is_written_is_the_measurement(name, basis, shape):
    space = make_space(name, 5, basis)
    samples = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    measurement = Measurement(samples, space, 0.25, "arbitrary")
    header, rest = written(measurement)
    micrographs, size = int(header["micrographs"]), tuple(map(int, header["size"].split()))
    read = np.frombuffer(rest, "<f8").reshape(micrographs, *size)
    np.testing.assert_array_equal(read, measurement.stack)
    assert float(header["sigma"]) == 0.25
    assert header["spacing"] == "arbitrary"
    assert len(size) == int(header["dimension"]) == len(header["window"].split())
    assert int(header["seed"]) == 5
    assert math.prod(map(int, header["shape"].split())) == int(header["numbers"])
    assert int(written(measurement, "coefficients")[0]["numbers"]) == space.size


def test_an_unknown_sigma_is_nan():
    header, _ = written(Measurement(np.zeros(20), make_space("line", 5)))
    assert math.isnan(float(header["sigma"]))


@pytest.mark.parametrize("name", ["line", "disc", "ball"])
def test_samples_and_coefficients_are_read_as_the_same_estimate(name):
    space = make_space(name, 5)
    x = space.random(np.random.default_rng(0))
    for answers, numbers in (("samples", space.render(x).ravel()), ("coefficients", x)):
        text = " ".join(f"{number:.17g}" for number in numbers)
        estimate = read_estimate(f"iterations=3 {text} converged=true\n", space, answers)
        np.testing.assert_allclose(estimate.x, x, atol=1e-9)
        assert estimate.iterations == 3
        assert estimate.converged is True


@pytest.mark.parametrize("text", ["1 2 3", "1 2 3 4 5 6", "", "1 2 3 4 five"])
def test_other_numbers_are_refused(text):
    with pytest.raises(ValueError, match=r"expected 5 samples|could not convert"):
        read_estimate(text, make_space("line", 5), "samples")


@pytest.mark.parametrize("fact", ["colour=red", "converged=perhaps", "iterations=many"])
def test_other_facts_are_refused(fact):
    with pytest.raises(ValueError, match=r"expected iterations=|invalid literal"):
        read_estimate(f"{fact} 1 2 3 4 5", make_space("line", 5), "samples")


def test_nan_arrives_as_nan():
    """The run ends as `diverged`, as that of any other estimator."""
    estimate = read_estimate("nan 1 2 3 4", make_space("line", 5), "samples")
    assert np.isnan(estimate.x).any()
