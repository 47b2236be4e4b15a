"""Who may be a parent at all: one file each."""
