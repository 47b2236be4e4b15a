"""Trackers: they send a search's progress to other programs; one file each."""
