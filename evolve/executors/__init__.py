"""Executors: where rollouts and scoring run, one file each."""
