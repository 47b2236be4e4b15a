"""What runs within a sandbox: it sees the standard library and nothing else of evolve."""
