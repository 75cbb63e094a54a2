"""What a study left on disk, read back for figures and report."""
