"""Which of several children is worth evaluating: one file each."""
