"""What was found: every configuration, score and lineage, in one SQLite file."""
