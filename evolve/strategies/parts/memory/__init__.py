"""Memories: which proposals are refused as repetitions; one file each."""
