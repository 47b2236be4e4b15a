"""Runs one configuration on one task input."""
