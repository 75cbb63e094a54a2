"""Text of unknown origin as one plain line: of a bounded length, in characters that files hold."""


def plain_line(text: str, most: int) -> str:
    """`text` with runs of white space as one blank, and without what no table or page can hold.

    Lone surrogates and control characters become `?`. Of a text of more than `most` characters the
    beginning is kept, with three dots for the rest.
    """
    # Methods of `str` itself: a subclass may have others, which raise or never end.
    start = str.__getitem__(text, slice(0, 4 * most))
    words = "".join(_plain(letter) for letter in start).split()
    line = " ".join(words)
    return line if len(line) <= most else line[: most - 3] + "..."


def _plain(letter: str) -> str:
    if letter.isspace():
        return " "
    return letter if letter.isprintable() else "?"
