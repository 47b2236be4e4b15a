"""Writes the tasks of the landscapes."""

from pathlib import Path

from configs.landscapes.problems import text

Path(__file__).with_name("problems.jsonl").write_text(text(), encoding="utf-8", newline="\n")
