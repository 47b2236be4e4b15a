"""The archive of a search: configurations, scores and lineage in one SQLite file."""
