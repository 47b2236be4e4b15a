"""Proposers: what makes a child; one file each."""
