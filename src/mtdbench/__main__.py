"""`python -m mtdbench` is `mtdbench`."""

from mtdbench.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
