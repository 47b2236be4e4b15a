"""What makes a child: one file each."""
