"""What the engine asks of a media store; `minio.py` and `folder.py` answer. Files are streamed, never held whole."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Stored:
    key: str
    size: int
    """In bytes."""


class MediaStore(Protocol):
    async def put(self, key: str, chunks: AsyncIterator[bytes], *, mime: str) -> Stored:
        """Store under `key` (`<tenant>/…`, no leading slash, no `..`), replacing; all or nothing. `Unavailable`."""

    def get(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start`, in chunks. Raises `NotFound`."""

    async def stat(self, key: str) -> Stored:
        """Raises `NotFound`."""

    async def delete(self, key: str) -> None:
        """Also fine where there is no such key."""

    async def ping(self) -> None:
        """Raises `Unavailable`."""

    async def close(self) -> None: ...
