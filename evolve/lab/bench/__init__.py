"""Measurements of evolve's own parts on recorded outcomes."""
