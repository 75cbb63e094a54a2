"""Inputs that no reader expects, and what the readers make of them."""
