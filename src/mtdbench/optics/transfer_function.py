"""The contrast transfer function of a transmission electron microscope."""

from dataclasses import dataclass, fields
from math import cos, isfinite, pi, radians, sin, sqrt

import numpy as np

from mtdbench.errors import InputError

LEAST_B_FACTOR = -1000.0
"""Square angstrom; one below it would blow up what it is to sharpen."""
RANGES = {
    "voltage": (10.0, 3000.0, "kV"),
    "spherical_aberration": (-100.0, 100.0, "mm"),
    "amplitude_contrast": (0.0, 1.0, "a share of the contrast"),
    "defocus_u": (-1e6, 1e6, "angstrom"),
    "defocus_v": (-1e6, 1e6, "angstrom"),
    "angle": (-1e4, 1e4, "degrees"),
    "phase_shift": (-1e4, 1e4, "degrees"),
    "b_factor": (LEAST_B_FACTOR, 1e6, "square angstrom"),
    "scale": (1e-6, 1e6, "a factor"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFunction:
    """How contrast of each frequency k, cycles per angstrom, comes into a micrograph,

        CTF(k) = s exp(-B |k|^2 / 4) sin(chi(k) - phi - arcsin A),
        chi(k) = pi/2 C lambda^3 |k|^4 - pi lambda z(k) |k|^2,
        z(k) = (U + V) / 2 + (U - V) / 2 cos 2 (theta(k) - alpha),

    with theta the angle of k from the x axis (columns) towards the y axis (rows) and lambda the
    wavelength of the electrons. The sign is that of Mindell and Grigorieff and of ASPIRE: under
    focus (z > 0) it begins at -A, so dense matter is dark. RELION's function is its negative, for
    micrographs whose sign was changed.

    Attributes
    ----------
    voltage : float
        Of the acceleration, kV.
    spherical_aberration : float
        C, mm.
    amplitude_contrast : float
        A, from 0 to 1.
    defocus_u, defocus_v : float
        U and V, angstrom, positive under focus; V is U where it is None.
    angle : float
        alpha, degrees: the direction in which the defocus is U.
    phase_shift : float
        phi, degrees, of a phase plate.
    b_factor : float
        B, square angstrom, as RELION has it; ASPIRE's, B / 400, is in square nanometres.
    scale : float
        s.

    Raises
    ------
    InputError
        If a value is not possible, such as a voltage in volts.

    Sources
    -------
    Mindell and Grigorieff, J. Struct. Biol. 142 (2003) 334, equations 3 to 5.
    """

    voltage: float
    spherical_aberration: float
    amplitude_contrast: float
    defocus_u: float
    defocus_v: float | None = None
    angle: float = 0.0
    phase_shift: float = 0.0
    b_factor: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.defocus_v is None:
            object.__setattr__(self, "defocus_v", self.defocus_u)
        for field in fields(self):
            value, (least, most, unit) = getattr(self, field.name), RANGES[field.name]
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (number and isfinite(value) and least <= value <= most):
                raise InputError(
                    f"{field.name} {value} of a transfer function: expected {unit},"
                    f" {least:g} to {most:g}"
                )
            object.__setattr__(self, field.name, float(value))

    @property
    def wavelength(self) -> float:
        """lambda = h / sqrt(2 m e E (1 + e E / 2 m c^2)), angstrom, with CTFFIND's constants, with
        which defocus is measured; E the voltage.
        """
        volts = 1000 * self.voltage
        return 12.2639 / sqrt(volts + 0.97845e-6 * volts**2)

    @property
    def astigmatism(self) -> float:
        """U - V, angstrom."""
        return self.defocus_u - (self.defocus_v or 0.0)

    @property
    def defocus(self) -> float:
        """(U + V) / 2, angstrom."""
        return self.defocus_u - self.astigmatism / 2

    def value(self, frequencies: np.ndarray) -> np.ndarray:
        """CTF(k), (d, ...) to (...), at frequencies in cycles per angstrom whose components are in
        the order of an array's axes, such as y, x.

        Raises
        ------
        InputError
            If there is astigmatism, and no plane.
        """
        k2 = np.sum(np.square(frequencies), axis=0)
        wavelength, aberration = self.wavelength, 1e7 * self.spherical_aberration
        chi = pi / 2 * aberration * wavelength**3 * k2**2
        chi -= pi * wavelength * self._defocus_times_k2(frequencies, k2)
        phase = radians(self.phase_shift) + np.arcsin(self.amplitude_contrast)
        return np.asarray(self.scale * np.exp(-self.b_factor / 4 * k2) * np.sin(chi - phase))

    def _defocus_times_k2(self, frequencies: np.ndarray, k2: np.ndarray) -> np.ndarray:
        """z(k) |k|^2, with |k|^2 cos 2 (theta - alpha) in the components of k."""
        if not self.astigmatism:
            return np.asarray(self.defocus * k2)
        if len(frequencies) == 1:
            raise InputError(
                f"defocus_u {self.defocus_u:g} and defocus_v {self.defocus_v:g} for signals:"
                " expected one defocus"
            )
        y, x = frequencies
        twice = 2 * radians(self.angle)
        turned = (x**2 - y**2) * cos(twice) + 2 * x * y * sin(twice)
        return np.asarray(self.defocus * k2 + self.astigmatism / 2 * turned)

    def slope(self, k: float) -> float:
        """The largest of |d chi / d k| up to a frequency, divided by 2 pi: how far, in angstrom, it
        spreads what has such frequencies.
        """
        frequencies = np.linspace(0, k, 65)
        cubic = 1e7 * self.spherical_aberration * self.wavelength**3 * frequencies**3
        most = max(abs(self.defocus_u), abs(self.defocus_v or 0.0))
        signs = np.array([[1.0], [-1.0]])
        return float(np.abs(cubic - signs * self.wavelength * most * frequencies).max())
