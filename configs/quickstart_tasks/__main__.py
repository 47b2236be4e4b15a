"""Writes ``configs/quickstart.jsonl``."""

from pathlib import Path

from configs.quickstart_tasks import text

if __name__ == "__main__":
    Path(__file__).parents[1].joinpath("quickstart.jsonl").write_text(text(), encoding="utf-8")
