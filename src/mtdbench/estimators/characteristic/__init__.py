"""Matching the characteristic function of windows."""
