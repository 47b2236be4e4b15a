"""Runs on real models that were recorded, and are replayed without them."""
