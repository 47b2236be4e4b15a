"""What prompts are made of: headings, quoted texts, lengths in bytes and tokens."""
