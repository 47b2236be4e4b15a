"""Run files: their keys, presets, overrides, and how they become settings."""
