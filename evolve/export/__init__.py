"""What a search is taken away as."""
