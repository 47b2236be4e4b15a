"""Measurements of the product itself; no search needs them."""
