"""What comes with the package beside its code: studies, the workflow and its profiles.

An installed package holds them in its folder `shipped`. A clone, and an editable installation of
it, has them where they are edited, at the top of the repository.
"""

from pathlib import Path

INSTALLED = Path(__file__).parent / "shipped"
CLONE = Path(__file__).parents[2]


def shipped_path(name: str) -> Path:
    """Where a file or a folder lies that comes with the package, such as `Snakefile` or `config`.

    Parameters
    ----------
    name : str
        Its path at the top of the repository.

    Returns
    -------
    Path
        The path of the installed one if there is one, else that in the clone; it may not exist.
    """
    return (INSTALLED if INSTALLED.is_dir() else CLONE) / name
