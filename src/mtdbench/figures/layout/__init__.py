"""What all figures share: panels, axes, legends, styles, statistics of trials."""
