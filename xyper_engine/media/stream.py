"""A file on its way into the store: looked at, counted and hashed while it passes, never held whole."""

import base64
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator

from xyper_engine.errors import SendError

HEAD = 4096
"""Bytes that tell what a file is."""


class Stream:
    """Bytes that pass once. `size` and `sha256` are those of what has passed."""

    def __init__(self, chunks: AsyncIterator[bytes], expected: str | None = None) -> None:
        """`expected`: the SHA-256 as the far side tells it, in hex or in base64."""
        self._chunks = aiter(chunks)
        self._expected = expected
        self._begun: list[bytes] = []
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """In hex."""
        return self._digest.hexdigest()

    async def head(self) -> bytes:
        """The first bytes, at least `HEAD` of them unless the file is shorter. They pass later all the same."""
        while sum(map(len, self._begun)) < HEAD:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                break
            self._begun.append(chunk)
        return b"".join(self._begun)[:HEAD]

    async def passing(self) -> AsyncGenerator[bytes, None]:
        """All of it. Raises `SendError` at the end of what is not what the far side has: whoever stores it drops it."""
        while self._begun:
            yield self._counted(self._begun.pop(0))
        async for chunk in self._chunks:
            yield self._counted(chunk)
        if self._expected and not self._proved(self._expected):
            raise SendError("A file arrived damaged: its SHA-256 is not the one its sender tells. It is fetched again.")

    def _counted(self, chunk: bytes) -> bytes:
        self._digest.update(chunk)
        self.size += len(chunk)
        return chunk

    def _proved(self, told: str) -> bool:
        return told.lower() == self.sha256 or told == base64.b64encode(self._digest.digest()).decode()


async def once(body: bytes) -> AsyncGenerator[bytes, None]:
    """Bytes already in memory, as a stream."""
    yield body
