"""Allocators decide what is bought next: one file each."""
