"""Estimates compared with the truth: errors, bounds, picking scores, and the table of a study."""
