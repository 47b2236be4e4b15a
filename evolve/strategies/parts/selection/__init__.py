"""Who of the pool becomes a parent: one file each."""
