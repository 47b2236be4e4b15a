"""Task sets, their splits and their scorers."""
