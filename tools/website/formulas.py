"""Formulas: TeX to MathML when the site is built, so that a page needs no script for them."""

import html
import re

from latex2mathml.converter import convert

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def with_mathml(page: str) -> str:
    """A page in which every formula is MathML.

    Raises
    ------
    ValueError
        If a command of TeX is not known.
    """
    return FORMULA.sub(_replaced, page)


def _replaced(match: re.Match[str]) -> str:
    tex = html.unescape(match[3]).strip()
    display = "block" if match[2] == "[" else "inline"
    formula = convert(tex, display=display)
    if unknown := re.search(r"\\[A-Za-z]+", formula):
        raise ValueError(f"formula {tex!r}: {unknown[0]} is not known")
    return f'<div class="formula">{formula}</div>' if display == "block" else formula
