"""Reading data files: rows and the fields of a row."""
