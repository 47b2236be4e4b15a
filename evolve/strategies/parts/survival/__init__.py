"""Survival: which candidates may be parents; one file each."""
