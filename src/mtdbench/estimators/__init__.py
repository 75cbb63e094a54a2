"""Estimators, each a generator function that yields better and better estimates."""
