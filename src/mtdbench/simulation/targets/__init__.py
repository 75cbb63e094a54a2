"""Targets: random objects, signals, pictures, phantoms, maps and atomic models."""
