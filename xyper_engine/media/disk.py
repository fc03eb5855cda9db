"""Files on the engine's own disk, written and read in pieces off the loop."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from io import FileIO
from pathlib import Path

CHUNK = 256 * 1024
"""Bytes per read."""


async def write(path: Path, chunks: AsyncIterator[bytes]) -> None:
    """Make a file of what streams by."""
    file = await asyncio.to_thread(FileIO, path, "xb")
    try:
        async for chunk in chunks:
            left = memoryview(chunk)
            while left:
                left = left[await asyncio.to_thread(file.write, left) :]
    finally:
        file.close()


async def read(path: Path) -> AsyncGenerator[bytes, None]:
    """The file, in chunks."""
    file = await asyncio.to_thread(FileIO, path, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
    finally:
        file.close()
