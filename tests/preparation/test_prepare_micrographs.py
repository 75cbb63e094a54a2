"""Laws of the whole preparation: what a fault of the instrument must not change."""

from collections.abc import Callable

import numpy as np
import pytest

from mtdbench import make_space
from mtdbench.errors import InputError
from mtdbench.micrographs import Micrographs
from mtdbench.preparation import Prepared, Settings, candidates, prepared_measurement

Make = Callable[..., np.ndarray]
Prepare = Callable[..., Prepared]
FAULTLESS = {"degrees": [0], "hot_samples": [0], "contaminated": [0.0], "kernel": None}


def samples(prepared: Prepared) -> np.ndarray:
    return prepared.micrographs.images[0]


def test_a_clean_micrograph_is_left_as_it_is(clean: np.ndarray, as_clean: Prepared) -> None:
    prepared = as_clean
    assert prepared.micrographs.measured is None
    assert {name: prepared.report[name] for name in FAULTLESS} == FAULTLESS
    assert prepared.scales[0] == pytest.approx(1, abs=0.015)
    assert abs(prepared.report["levels"][0]) < 0.03  # its mean is 0.055
    assert samples(prepared) == pytest.approx(clean, abs=0.1)
    assert prepared.report["contrast"] == "light"


@pytest.mark.parametrize(("scale", "offset"), [(1, 1e4), (100, 3000), (1e-6, -2e-3)])
def test_scale_and_offset_do_not_matter(
    scale: float, offset: float, clean: np.ndarray, prepare: Prepare, as_clean: Prepared
) -> None:
    changed = prepare(scale * clean.astype(float) + offset)
    assert samples(changed) == pytest.approx(samples(as_clean), abs=2e-3)
    assert changed.scales[0] == pytest.approx(scale * as_clean.scales[0], rel=1e-3)


def test_dark_copies_become_light(clean: np.ndarray, prepare: Prepare, as_clean: Prepared) -> None:
    light, dark = as_clean, prepare(-clean)
    assert (light.sign, dark.sign) == (1, -1)
    assert samples(dark) == pytest.approx(samples(light), abs=2e-3)
    told = prepare(clean, sign="dark")
    assert told.sign == -1
    assert samples(told) == pytest.approx(-samples(light), abs=0.15)


def test_both_contrasts_are_candidates(clean: np.ndarray) -> None:
    both = candidates(Micrographs((clean,), ("y",)), Settings(window=5))
    assert {word: each.sign for word, each in both.items()} == {"light": 1, "dark": -1}


def test_counts_of_a_detector(clean: np.ndarray, prepare: Prepare, as_clean: Prepared) -> None:
    counts = (100 * clean + 3000).clip(0).astype(np.uint16)
    before = counts.copy()
    assert samples(prepare(counts)) == pytest.approx(samples(as_clean), abs=0.03)
    assert np.array_equal(counts, before)


@pytest.mark.parametrize("bend", [0.0, 20.0])
def test_a_gradient_is_taken_off(
    bend: float, clean: np.ndarray, prepare: Prepare, as_clean: Prepared
) -> None:
    across = np.linspace(0, 50, 260) + bend * np.linspace(-1, 1, 200)[:, None] ** 2
    prepared = prepare((clean + across).astype("f4"))
    assert prepared.report["background"] == "smooth"
    assert samples(prepared) == pytest.approx(samples(as_clean), abs=0.15)
    assert abs(np.mean(samples(prepared) - samples(as_clean))) < 0.01


def test_a_border_is_cut_off(clean: np.ndarray, prepare: Prepare, as_clean: Prepared) -> None:
    y = clean.copy()
    y[:20] = 0
    prepared = prepare(y)
    assert prepared.origins.tolist() == [[20, 0]]
    assert samples(prepared).shape == (180, 260)
    assert samples(prepared) == pytest.approx(samples(as_clean)[20:], abs=0.05)
    assert prepared.micrographs.measured is None


def test_hot_samples_are_not_measured(
    clean: np.ndarray, prepare: Prepare, as_clean: Prepared
) -> None:
    y = clean.copy()
    y[[30, 90], [100, 200]] = 800
    prepared = prepare(y)
    assert np.argwhere(~prepared.micrographs.measured[0]).tolist() == [[30, 100], [90, 200]]
    assert prepared.report["hot_samples"] == [2]
    known = prepared.micrographs.measured[0]
    assert samples(prepared)[known] == pytest.approx(samples(as_clean)[known], abs=0.02)


def test_colour_is_taken_off(clean: np.ndarray, prepare: Prepare) -> None:
    frequency = np.hypot(np.fft.fftfreq(200)[:, None], np.fft.rfftfreq(260))
    noise = np.random.default_rng(5).standard_normal((200, 260))
    filtered = np.fft.irfft2(np.fft.rfft2(noise) * (1 + 4 / (1 + 30 * frequency)), (200, 260))
    y = (clean + filtered).astype("f4")
    prepared = prepare(y)
    assert prepared.report["unevenness"] > 0.6
    assert prepared.report["unevenness_left"] < 0.36
    assert prepared.micrographs.measured is None  # the rim is cut off
    radius = len(prepared.kernel) // 2
    assert samples(prepared).shape == (200 - radius, 260 - 2 * radius)
    assert prepare(y, whiten=False).kernel is None


@pytest.mark.parametrize("seed", range(2))
def test_where_there_is_nothing_nothing_is_seen(
    seed: int, micrograph: Make, prepare: Prepare
) -> None:
    y = micrograph(seed, copies=0)
    prepared = prepare(y)
    assert prepared.report["contrast"] == "not seen"
    assert prepared.sign == 1
    assert {name: prepared.report[name] for name in FAULTLESS} == FAULTLESS
    assert samples(prepared).mean() == pytest.approx(0, abs=1e-4)
    assert prepare(-y).report["contrast"] == "not seen"


def test_places_lead_back_to_the_samples_that_came(micrograph: Make, prepare: Prepare) -> None:
    y = micrograph(copies=0)
    y[:20] = 0
    y[80:83, 121:124] += 40 / 3
    prepared = prepare(y, bin_factor=3, window=3, hot=False, contamination=False)
    image = samples(prepared)
    top = np.array([np.unravel_index(image.argmax(), image.shape)])
    place = prepared.in_samples_that_came(np.array([0]), top)[0]
    assert np.abs(place - [81, 122]).max() <= 1
    assert prepared.origins.tolist() == [[20, 0]]
    assert image.shape == (60, 86)


def test_each_micrograph_has_its_own_background_and_noise(
    clean: np.ndarray, micrograph: Make, prepare: Prepare
) -> None:
    other = micrograph(1)[:150]
    both = prepare(clean, 7 * other + 100, pixel_size=2.0)
    assert both.scales == pytest.approx([1, 7], rel=0.02)
    assert both.micrographs.images[1] == pytest.approx(other, abs=0.1)
    assert both.micrographs.pixel_size == 2.0
    assert [len(image) for image in both.micrographs.images] == [200, 150]


def test_given_masks_are_kept(clean: np.ndarray) -> None:
    known = np.ones(clean.shape, dtype=bool)
    known[50:60, 70:90] = False
    y = np.where(known, clean, 1e5).astype("f4")
    space = make_space("disc", 5)
    micrographs = Micrographs((y,), ("y",), measured=(known,))
    measurement, prepared = prepared_measurement(micrographs, Settings(), space)
    assert np.array_equal(prepared.micrographs.measured[0], known)
    assert measurement.forward.features == {"mask"}
    assert np.array_equal(measurement.forward.measured[0], known)
    assert measurement.sigma is None


def test_a_measurement_has_the_kernel_in_its_forward_model(clean: np.ndarray) -> None:
    y = clean[1:] + clean[:-1]
    space = make_space("disc", 5)
    micrographs = Micrographs((y, y), ("a", "b"))
    measurement, prepared = prepared_measurement(micrographs, Settings(), space, 1.5)
    assert measurement.forward.features == {"filter"}
    assert np.array_equal(measurement.forward.filters[0].kernel, prepared.kernel)
    assert measurement.forward.margin == len(prepared.kernel) // 2
    assert measurement.stack.shape == (2, *prepared.micrographs.images[0].shape)
    assert measurement.sigma == 1
    detector, _ = prepared_measurement(micrographs, Settings(colour="detector"), space)
    assert detector.forward.features == set()


def test_a_known_sigma_is_used(clean: np.ndarray, prepare: Prepare) -> None:
    assert prepare(clean, sigma=1.0).scales == pytest.approx([1.0], rel=1e-9)
    assert prepare(clean, sigma=1.0, bin_factor=2).scales == pytest.approx([0.5], rel=1e-9)
    raw = prepare(100 * clean, sigma=100.0, normalise=False)
    assert (raw.scales.tolist(), raw.sigma_known) == ([1.0], True)
    assert raw.sigma == pytest.approx(100, rel=1e-9)


def test_a_background_is_left_if_asked_for(clean: np.ndarray, prepare: Prepare) -> None:
    left = prepare(clean + np.float32(50), background="none", sigma=1.0)
    assert samples(left) == pytest.approx(clean + np.float32(50), abs=1e-4)


def test_signals() -> None:
    rng = np.random.default_rng(0)
    y = rng.standard_normal(20_000)
    for start in range(0, 19_900, 100):
        y[start : start + 12] += 3
    y += 40 + np.linspace(0, 30, 20_000)
    y[-50:] = 0
    y[777] = 500
    space = make_space("line", 12)
    micrographs = Micrographs((y,), ("y",))
    measurement, prepared = prepared_measurement(micrographs, Settings(), space)
    assert measurement.stack.shape == (1, 19_950)
    assert np.flatnonzero(~measurement.forward.measured[0]).tolist() == [777]
    between = samples(prepared).reshape(-1, 50)[1::2]
    assert abs(between.mean()) < 0.1  # of a mean of 0.36
    assert prepared.report["contrast"] == "light"


def test_what_cannot_be_prepared(clean: np.ndarray, prepare: Prepare) -> None:
    with pytest.raises(InputError, match=r"y0\.mrc' is constant, 7"):
        prepare(np.full((50, 50), 7.0))
    slope = np.arange(50.0) + 3 * np.arange(50)[:, None]
    with pytest.raises(InputError, match=r"y0\.mrc' is a smooth background and nothing else"):
        prepare(slope)
    with pytest.raises(InputError, match="1 NaN or infinities"):
        prepare(np.where(np.arange(260) + np.arange(200)[:, None] == 0, np.nan, clean))
    with pytest.raises(InputError, match="to average 300"):
        prepare(clean, bin_factor=300)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"background": "smoth"}, "did you mean 'smooth'"),
        ({"sign": "black"}, "'black'"),
        ({"colour": "red"}, "'red'"),
        ({"bin_factor": 0}, "bin_factor 0"),
        ({"degree": -1}, "degree -1"),
        ({"sigma": float("nan")}, "sigma nan"),
        ({"bin_factor": 2, "bin_to": 3.0}, "one of the two"),
    ],
)
def test_settings_that_are_not_valid(given: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Settings(**given)  # type: ignore[arg-type]


def test_the_report_is_plain_and_each_step_has_a_line(as_clean: Prepared) -> None:
    import json

    prepared = as_clean
    assert json.loads(json.dumps(prepared.report)) == prepared.report
    steps = ["borders", "hot", "contamination", "background", "contrast", "noise", "result"]
    assert [line.split()[0].rstrip(":") for line in prepared.lines] == steps
