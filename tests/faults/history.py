"""What happened in a run, line by line: what was attempted, acknowledged, and what arrived on each side, with times.

One JSON object a line, so that a run that broke off is still a history, and anybody can judge it again. `history.jsonl`
is all that `checker.py` ever sees.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

Op = Literal[
    "run",  # what was run: the seed and all that a repetition needs
    "attempted",  # a sender gave it to its vendor
    "acknowledged",  # the engine answered the vendor's webhook with 200
    "given up",  # the vendor's last try failed
    "arrived",  # the other side has it
    "unclear",  # a send whose answer never came: `how` it was settled, "" where it was not
    "violation",  # what a vendor saw and must not see
    "strike",  # a nemesis
    "heal",
]
Way = Literal["in", "out", ""]
"""`in`: from a customer to an agent; `out`: from an agent to a customer."""


@dataclass(frozen=True, slots=True)
class Record:
    op: Op
    at: float = 0.0
    """Unix seconds."""
    way: Way = ""
    lane: str = ""
    """The conversation: where it was said, or where it arrived."""
    text: str = ""
    """Names the message: no two are the same."""
    id: str = ""
    """The sender's vendor's id of it."""
    begun: float = 0.0
    """When the vendor first called the webhook, where `at` is when that ended."""
    how: str = ""


class History:
    """Records in the order in which they were learned; written as they come where there is a file."""

    def __init__(self, file: Path | None = None) -> None:
        self.records: list[Record] = []
        self._file: IO[str] | None = file.open("w", buffering=1, encoding="utf-8") if file else None

    def add(self, record: Record) -> None:
        self.records.append(record)
        if self._file is not None:
            self._file.write(line_of(record) + "\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def line_of(record: Record) -> str:
    """Without what says nothing."""
    values = ((one.name, getattr(record, one.name)) for one in fields(record))
    return json.dumps({name: value for name, value in values if value != "" and value != 0.0}, ensure_ascii=False)


def read(lines: Iterable[str]) -> Iterator[Record]:
    """Raises `ValueError` naming the line that is none."""
    for number, line in enumerate(lines, 1):
        try:
            yield Record(**json.loads(line))
        except (TypeError, ValueError) as error:
            raise ValueError(f"line {number} is not a record of a history: {error}") from None
