"""Simulated language models: the stand-in for paid endpoints, and its calibration."""
