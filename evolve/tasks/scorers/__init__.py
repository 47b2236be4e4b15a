"""Scorers: how good an answer is, one file each."""
