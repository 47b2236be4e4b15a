"""Run files, task sets and recipes that ship with the package."""
