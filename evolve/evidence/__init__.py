"""Statistics of reported results: intervals, and the comparison with the best seed."""
