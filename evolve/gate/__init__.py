"""A sequential paired test of one system against another."""
