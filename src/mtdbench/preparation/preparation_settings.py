"""What a user may decide about the preparation; what is not decided is found from the samples."""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from mtdbench.errors import InputError, unknown


class Background(StrEnum):
    """How the background may vary over a micrograph."""

    AUTO = "auto"
    CONSTANT = "constant"
    SMOOTH = "smooth"
    NONE = "none"


class Level(StrEnum):
    """What 0 is after the background was taken off: the level between copies, or the mean of a
    micrograph, for copies that have no mean of their own, as in phase contrast.
    """

    BETWEEN = "between"
    MEAN = "mean"


class Contrast(StrEnum):
    """Whether the copies are darker or lighter than what lies between them."""

    AUTO = "auto"
    DARK = "dark"
    LIGHT = "light"


class Colour(StrEnum):
    """What the filter acts on that colours the noise: the noise alone, or, as the response of a
    detector does, the object too.
    """

    NOISE = "noise"
    DETECTOR = "detector"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How micrographs are prepared.

    Attributes
    ----------
    background : str
        A `Background`. `auto` takes a smooth one where it is clearly there.
    level : str
        A `Level`.
    degree : int or None
        Of the polynomial that a smooth background is, in all axes together; None: by its fit.
    sign : str
        A `Contrast`: where the copies are dark, the samples change their sign.
    whiten : bool
        Whether noise that is not white is whitened.
    radius : int or None
        Of the whitening kernel, samples; None: the smallest that does it, at most `LARGEST_RADIUS`.
    colour : str
        A `Colour`.
    bin_factor : int or None
        Samples along each axis that are averaged into one; None: 1, or by `bin_to`.
    bin_to : float or None
        The wanted size of a sample, angstrom; the nearest factor is taken.
    borders, hot, contamination : bool
        Whether these are looked for and left out.
    normalise : bool
        Whether each micrograph is divided by the standard deviation of its noise.
    sigma : float or None
        That of the noise in the samples as they come, where it is known; None: it is estimated.
    window : int or None
        Side of a copy's window, in samples after binning.
    diameter : float or None
        Of a particle, angstrom. Of window and diameter the window is used if both are given.

    Raises
    ------
    InputError
        If a value is not valid.
    """

    background: str = Background.AUTO
    level: str = Level.BETWEEN
    degree: int | None = None
    sign: str = Contrast.AUTO
    whiten: bool = True
    radius: int | None = None
    colour: str = Colour.NOISE
    bin_factor: int | None = None
    bin_to: float | None = None
    borders: bool = True
    hot: bool = True
    contamination: bool = True
    normalise: bool = True
    sigma: float | None = None
    window: int | None = None
    diameter: float | None = None

    def __post_init__(self) -> None:
        _check_word("background", self.background, Background)
        _check_word("level", self.level, Level)
        _check_word("sign of the contrast", self.sign, Contrast)
        _check_word("colour of the noise", self.colour, Colour)
        for name in ("radius", "bin_factor", "window"):
            _check_at_least(name, getattr(self, name), 1)
        _check_at_least("degree", self.degree, 0)
        for name in ("bin_to", "sigma", "diameter"):
            value = getattr(self, name)
            if value is not None and not (isfinite(value) and value > 0):
                raise InputError(f"{name} {value}: expected a positive number")
        if self.bin_factor is not None and self.bin_to is not None:
            raise InputError("bin_factor and bin_to: expected one of the two")


def _check_word(kind: str, word: str, words: type[StrEnum]) -> None:
    if word not in list(words):
        raise unknown(kind, word, words)


def _check_at_least(name: str, value: int | None, least: int) -> None:
    if value is not None and value < least:
        raise InputError(f"{name} {value}: expected a whole number, {least} or larger")
