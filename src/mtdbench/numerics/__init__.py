"""Numerical methods that know nothing of multi-target detection."""
