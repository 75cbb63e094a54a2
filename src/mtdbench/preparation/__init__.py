"""Preparation of measured micrographs: what has to be taken off before the model holds."""
