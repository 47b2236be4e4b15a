"""Before a run: writing a run file, and checking that it works here."""
