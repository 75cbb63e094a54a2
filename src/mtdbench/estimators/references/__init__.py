"""References: estimators that are told the truth, or nothing, and give errors a scale."""
