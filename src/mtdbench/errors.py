"""The one exception for mistakes of the user's, and the words that help to mend them."""

from collections.abc import Iterable
from difflib import get_close_matches

from mtdbench.plain_text import plain_line

LONGEST_MESSAGE = 8000
"""Letters; of a longer message the beginning and the end are shown."""


class InputError(ValueError):
    """Bad input: the message is one line that names the value and says what would be valid.

    Whatever it quotes, of a file or of another library, is put on that line too. The command line
    prints it without a traceback and exits with code 2.
    """

    def __init__(self, message: object = "") -> None:
        text, half = str(message), LONGEST_MESSAGE // 2 - 3
        if len(text) > LONGEST_MESSAGE:
            text = f"{text[:half]} ... {text[-half:]}"
        super().__init__(plain_line(text, LONGEST_MESSAGE))


def unknown(kind: str, name: str, known: Iterable[str]) -> InputError:
    """An `InputError` for a name that is not among `known`, with the nearest match first."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return InputError(f"unknown {kind} '{name}': {hint}valid are {', '.join(names) or 'none'}")


class PluginError(InputError):
    """A registered estimator that cannot be used: it cannot be imported, or is not one."""
