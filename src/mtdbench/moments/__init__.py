"""Moments of a measurement and of the model: autocorrelations, characteristic functions."""
