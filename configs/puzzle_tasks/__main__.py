"""Writes ``configs/puzzles.jsonl``."""

from pathlib import Path

from configs.puzzle_tasks import text

if __name__ == "__main__":
    Path(__file__).parents[1].joinpath("puzzles.jsonl").write_text(text(), encoding="utf-8")
