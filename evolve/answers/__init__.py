"""What a reply says: its final answer, its verdict, its choice."""
