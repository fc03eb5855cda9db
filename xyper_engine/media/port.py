"""What the engine asks of a media store; `minio.py` and `folder.py` answer. Files are streamed, never held whole."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Stored:
    key: str
    size: int
    """In bytes."""


class MediaStore(Protocol):
    async def put(self, key: str, chunks: AsyncIterator[bytes], *, mime: str) -> Stored:
        """Store under `key` (`<tenant>/…`, no leading slash, no `..`), replacing; all or nothing. `Unavailable`."""

    def get(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes from `start`, in chunks. Raises `NotFound`."""

    async def stat(self, key: str) -> Stored:
        """Raises `NotFound`."""

    async def delete(self, key: str) -> None:
        """Also fine where there is no such key."""

    def keys(self, *, before: datetime, tenant: str | None = None) -> AsyncGenerator[str, None]:
        """The keys of all files, or of one tenant's, that were stored before then."""

    async def tidy(self) -> None:
        """Clear away what broken uploads left behind, or have the server do it by itself."""

    async def ping(self) -> None:
        """Raises `Unavailable`."""

    async def close(self) -> None: ...
