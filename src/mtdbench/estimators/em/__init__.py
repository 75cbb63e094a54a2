"""Approximate expectation-maximisation."""
