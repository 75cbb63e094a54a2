"""What a study takes, before it is run: operation counts, power laws and their calibration."""
