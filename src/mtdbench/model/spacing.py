"""How close copies may lie to each other."""

from enum import StrEnum

from mtdbench.errors import InputError


class Spacing(StrEnum):
    """The rule that the copies of a measurement keep.

    `well-separated`: corners are at least 2L - 1 apart along some axis, so that no window of L^d
    sees two copies. `arbitrary`: at least L apart along some axis, so that copies do not overlap.

    Raises
    ------
    InputError
        By `Spacing(text)` for any other text.
    """

    WELL_SEPARATED = "well-separated"
    ARBITRARY = "arbitrary"

    @classmethod
    def _missing_(cls, value: object) -> None:
        raise InputError(f"spacing '{value}': expected one of {', '.join(cls)}")


DEFAULT_SPACING = Spacing.WELL_SEPARATED
