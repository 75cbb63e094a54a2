"""The patch likelihood: the E-step, the passes over patches that compute it, and its score."""
