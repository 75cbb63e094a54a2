"""Autocorrelation analysis."""
