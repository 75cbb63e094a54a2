"""Pictures that the README has for light and dark screens, as those of the site's own switch."""

import re

PICTURE = re.compile(r"<picture>.*?</picture>", re.DOTALL)


def with_both_schemes(page: str) -> str:
    """A page in which each `<picture>` is two, of which the theme shows one.

    The sources for dark screens are named as the others are, with `-dark` at the end.
    """
    return PICTURE.sub(lambda match: _light(match[0]) + "\n" + _dark(_light(match[0])), page)


def _light(picture: str) -> str:
    lines = [line for line in picture.splitlines() if "prefers-color-scheme" not in line]
    return re.sub(r'( src="[^"]+)"', r'\1#only-light"', "\n".join(lines))


def _dark(picture: str) -> str:
    return picture.replace(".png", "-dark.png").replace("#only-light", "#only-dark")
