"""What has its turn among several that could: one file each."""
