"""Guarded runs: what a run may take, how it is timed, and what it ended as."""
