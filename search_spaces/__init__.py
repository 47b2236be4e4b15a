"""Configurations, edits, search spaces and operators, as pure data and functions."""
