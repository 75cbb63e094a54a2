"""Kinds of figures, one to a file."""
