"""Task sets from the Hugging Face library `datasets`: of its hub, or in a local folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo

from evolve.data.rows import Row
from evolve.errors import TaskError
from search_spaces.frozen import Frozen
from search_spaces.text import whole

_SAVED = ("dataset_info.json", "dataset_dict.json")
"""What a folder holds that `save_to_disk` wrote."""


def _local_if_there(name: str, info: ValidationInfo) -> str:
    """The path of what lies beside the run file under that name; else the name, as the hub's."""
    beside = Path((info.context or {}).get("folder") or ".") / Path(name).expanduser()
    return str(beside.absolute()) if beside.exists() else name


class Dataset(Frozen):
    """A data set and which part of it; needs `evolve-mas[datasets]`. Its code is never run."""

    name: Annotated[str, AfterValidator(_local_if_there)] = Field(
        min_length=1,
        description="As on the hub, such as openai/gsm8k; or a folder, relative to the run file.",
    )
    config: str | None = Field(default=None, description="The configuration, if it has several.")
    split: str = Field(
        default="test", description="The split, or a slice of it such as test[:500]."
    )
    revision: str | None = Field(
        default=None, description="A commit or tag; with one the tasks cannot change."
    )

    def read(self) -> list[Row]:
        """Reads its rows; class labels become their names.

        Raises:
            TaskError: It cannot be read; the message says what to do.
        """
        where = f"data set {self.name}, {self.split}"
        try:
            import datasets
        except ImportError:
            raise TaskError(
                f"{where}: needs the package datasets; pip install 'evolve-mas[datasets]'"
            ) from None
        datasets.disable_progress_bars()
        try:
            if any((Path(self.name) / each).is_file() for each in _SAVED):
                saved = datasets.load_from_disk(self.name)
                table = saved[self.split] if isinstance(saved, dict) else saved
            else:
                table = datasets.load_dataset(
                    self.name, self.config, split=self.split, revision=self.revision
                )
            rows = list(_rows(where, table))
        except Exception as error:  # noqa: BLE001 - whatever is wrong, there are no tasks
            described = " ".join(whole(str(error)).split()) or type(error).__name__
            raise TaskError(f"{where}: cannot be read: {described:.300}") from None
        if not rows:
            raise TaskError(f"{where}: there are no tasks in it")
        return rows


def _rows(where: str, table: Any) -> Iterator[Row]:  # noqa: ANN401 - the library has no types
    labels = {
        column: feature.int2str
        for column, feature in table.features.items()
        if hasattr(feature, "int2str")
    }
    for number, values in enumerate(table, 1):
        named = {
            column: labels[column](value) if column in labels and value is not None else value
            for column, value in values.items()
        }
        yield Row(where, f"row {number}", number, named)
