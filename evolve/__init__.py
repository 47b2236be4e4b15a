"""Searches for and evolves LLM multi-agent systems."""

from evolve.version import __version__

__all__ = ["__version__"]
