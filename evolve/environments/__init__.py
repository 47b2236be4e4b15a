"""Worlds that agents act in: their state, what may be done to it, and tasks about it."""
