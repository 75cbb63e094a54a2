"""The model of a measurement: patches, shifts, placements, and what a patch shows of a copy."""
