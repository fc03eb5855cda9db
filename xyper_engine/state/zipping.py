"""A zip that is made while it is sent: nothing of it is ever whole in memory or on a disk."""

import io
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xyper_engine.model import now


async def zipped(entries: AsyncIterator[tuple[str, AsyncIterator[bytes]]]) -> AsyncGenerator[bytes, None]:
    """Of files by name, each asked for when the one before is done."""
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_DEFLATED) as archive:
        async for name, chunks in entries:
            with archive.open(ZipInfo(name, now().timetuple()[:6]), "w", force_zip64=True) as entry:
                async for chunk in chunks:
                    entry.write(chunk)
                    yield pipe.taken()
    yield pipe.taken()


class _Pipe(io.RawIOBase):
    """What a zip is written to, and taken from."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting += data
        return len(data)

    def taken(self) -> bytes:
        data = bytes(self._waiting)
        self._waiting.clear()
        return data
