"""Strategies make new candidates: one file each."""
