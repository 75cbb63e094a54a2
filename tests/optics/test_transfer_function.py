"""The contrast transfer function is ASPIRE's, and minus RELION's."""

from math import cos, isclose, pi, radians, sin

import numpy as np
import pytest
import scipy.constants as constants
from aspire.operators import CTFFilter
from aspire.utils.coor_trans import grid_2d

from mtdbench import InputError
from mtdbench.optics import TransferFunction

POLARA = {"voltage": 300, "spherical_aberration": 2.7, "amplitude_contrast": 0.1}
TALOS = {"voltage": 200, "spherical_aberration": 2.26, "amplitude_contrast": 0.07}
FOCI = [
    {"defocus_u": 15000},
    {"defocus_u": 21000, "defocus_v": 18500, "angle": 33},
    {"defocus_u": 9000, "defocus_v": 12500, "angle": -71},
    {"defocus_u": -4000, "defocus_v": -3000, "angle": 120},
]


def line(values: list[float]) -> np.ndarray:
    """Frequencies along x, (2, n)."""
    return np.array([np.zeros(len(values)), values])


@pytest.mark.parametrize("focus", FOCI)
@pytest.mark.parametrize("lens", [POLARA, TALOS])
@pytest.mark.parametrize(("pixel_size", "b_factor"), [(1.1, 0), (3.3, 60), (10.0, 0)])
def test_it_is_the_one_of_aspire(
    focus: dict[str, float], lens: dict[str, float], pixel_size: float, b_factor: float
) -> None:
    ours = TransferFunction(**lens, **focus, b_factor=b_factor)
    theirs = CTFFilter(
        voltage=lens["voltage"],
        defocus_u=ours.defocus_u,
        defocus_v=ours.defocus_v,
        defocus_ang=radians(ours.angle),
        Cs=lens["spherical_aberration"],
        alpha=lens["amplitude_contrast"],
        B=b_factor / 400,
    )
    expected = theirs.evaluate_grid(33, pixel_size=pixel_size, dtype=np.float64)
    grid = grid_2d(33, indexing="yx", dtype=np.float64)
    found = ours.value(np.array([grid["y"], grid["x"]]) / (2 * pixel_size))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.ptp(expected) > 0.1


@pytest.mark.parametrize("phase_shift", [0, 90])
def test_it_is_minus_the_one_of_relion(phase_shift: float) -> None:
    """-sin(gamma), with gamma = -pi lambda z k^2 + pi/2 C lambda^3 k^4 - phi - arctan(A / ...)."""
    ours = TransferFunction(**POLARA, **FOCI[1], phase_shift=phase_shift, scale=0.8, b_factor=50)
    k, theta, wavelength = 0.09, radians(20), ours.wavelength
    z = 19750 + 1250 * cos(2 * (theta - radians(33)))
    gamma = -pi * wavelength * z * k**2 + pi / 2 * 2.7e7 * wavelength**3 * k**4
    gamma -= radians(phase_shift) + np.arctan(0.1 / np.sqrt(1 - 0.01))
    relion = -sin(gamma) * 0.8 * np.exp(-50 / 4 * k**2)
    assert ours.value(k * np.array([sin(theta), cos(theta)])) == pytest.approx(-relion, abs=1e-12)


def test_under_focus_dense_matter_is_dark() -> None:
    under = TransferFunction(**POLARA, defocus_u=15000)
    over = TransferFunction(**POLARA, defocus_u=-15000)
    k = line([0.0, 0.02, 0.035])
    assert under.value(k)[0] == pytest.approx(-0.1)
    assert np.all(under.value(k) < 0)
    assert np.all(over.value(k)[1:] > 0)


def test_the_angle_turns_what_is_seen_from_x_to_y() -> None:
    """Where the defocus is U is that direction, wherever it points."""
    k, angle = 0.07, 25.0
    turned = TransferFunction(**POLARA, defocus_u=20000, defocus_v=12000, angle=angle)
    along = k * np.array([sin(radians(angle)), cos(radians(angle))])
    across = k * np.array([cos(radians(angle)), -sin(radians(angle))])
    for direction, defocus in [(along, 20000), (across, 12000)]:
        even = TransferFunction(**POLARA, defocus_u=defocus)
        assert turned.value(direction) == pytest.approx(float(even.value(direction)), abs=1e-12)


def test_the_wavelength_is_relativistic() -> None:
    """h / sqrt(2 m e E (1 + e E / 2 m c^2)); the constants of CTFFIND are good for 3e-5."""
    energy = constants.e * 300e3
    momentum = 2 * constants.m_e * energy * (1 + energy / (2 * constants.m_e * constants.c**2))
    expected = constants.h / np.sqrt(momentum) / constants.angstrom
    found = TransferFunction(**POLARA, defocus_u=1).wavelength
    assert isclose(found, expected, rel_tol=5e-5)
    assert found == pytest.approx(0.01969, abs=1e-5)


def test_signals_have_one_defocus() -> None:
    even = TransferFunction(**POLARA, defocus_u=15000)
    k = np.linspace(0, 0.1, 7)
    np.testing.assert_array_equal(even.value(k[None]), even.value(line(list(k))))
    with pytest.raises(InputError, match="defocus_v 12500 for signals: expected one defocus"):
        TransferFunction(**POLARA, **FOCI[2]).value(k[None])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"voltage": 300000}, "voltage 300000 of a transfer function: expected kV, 10 to 3000"),
        ({"amplitude_contrast": 7}, "amplitude_contrast 7"),
        ({"defocus_u": float("nan")}, "defocus_u nan"),
        ({"defocus_v": "far"}, "defocus_v far"),
        ({"spherical_aberration": 2.7e7}, "spherical_aberration"),
        ({"b_factor": -1e5}, "b_factor"),
        ({"scale": 0}, "scale 0"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        TransferFunction(**{**POLARA, "defocus_u": 15000, **wrong})
