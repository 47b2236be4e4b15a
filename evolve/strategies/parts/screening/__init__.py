"""Screening: which of several children is evaluated; one file each."""
