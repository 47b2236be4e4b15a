"""Named search problems for simulated models; each is one YAML file, see docs/simulator.md.

``python -m configs.landscapes`` writes ``problems.jsonl`` again, byte for byte.
"""
