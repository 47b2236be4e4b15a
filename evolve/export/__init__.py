"""Exports of systems and runs, in several formats."""
