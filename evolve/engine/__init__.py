"""The search loop and what surrounds it: decisions, results, runs, resuming."""
