"""Choosing among proposers or mutations: one file each."""
