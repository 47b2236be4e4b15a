"""Named search problems; each is one YAML file, see docs/simulator.md and docs/arena.md.

``inbox``, ``facts`` and ``rules`` search with a real model, the others with simulated or recorded
ones. ``python -m configs.landscapes`` writes ``problems.jsonl`` again, byte for byte;
``python -m configs.written_tasks`` the tasks of the real ones.
"""
