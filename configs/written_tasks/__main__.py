"""Writes the task files of the sets that were written by hand."""

from pathlib import Path

from configs.written_tasks import SOURCES

if __name__ == "__main__":
    for source in SOURCES:
        path = Path(__file__).parents[1] / source.file
        path.write_text(source.text(), encoding="utf-8", newline="\n")
