"""What is not tried again: one file each."""
