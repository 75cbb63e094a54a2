"""Estimators of other packages: a template to start from, and the conformance test."""
