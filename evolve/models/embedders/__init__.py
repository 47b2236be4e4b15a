"""Embedders: what turns texts into vectors, one file each."""
