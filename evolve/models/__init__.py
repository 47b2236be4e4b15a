"""Models: what answers a request, one file (or folder) each."""
