"""Selection: how parents are drawn from the pool; one file each."""
