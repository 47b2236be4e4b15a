"""Terminal reports, live displays and the HTML page of a search."""
