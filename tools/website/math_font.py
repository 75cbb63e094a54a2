"""The font of the formulas: STIX Two Math (SIL Open Font License), cut to what formulas use.

Browsers take the sizes and places of operators from such a font, and not every system has one.
"""

import io
from pathlib import Path

import ziamath
from fontTools import subset

FONT = Path(ziamath.__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf"
RANGES = (
    *((0x20, 0x17F), (0x2B0, 0x3FF)),  # Latin letters, accents, Greek ones
    *((0x2000, 0x23FF), (0x27C0, 0x2AFF)),  # signs, arrows, operators
    (0x1D400, 0x1D7FF),  # letters of formulas
)


def math_font() -> bytes:
    """The font as a WOFF file."""
    options = subset.Options(flavor="woff", layout_features=["*"], notdef_outline=True)
    font = subset.load_font(str(FONT), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for low, high in RANGES for code in range(low, high + 1)])
    subsetter.subset(font)
    written = io.BytesIO()
    subset.save_font(font, written, options)
    return written.getvalue()
