"""Trackers: other programs that are told how a search goes, one file each."""
