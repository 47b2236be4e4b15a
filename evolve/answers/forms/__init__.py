"""The forms of answers, one a file."""
