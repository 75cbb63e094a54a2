"""Volumes in a ball of Fourier space."""
