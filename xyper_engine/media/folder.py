"""The embedded media store: one file per key under a folder.

A file appears under its key whole and on the disk, or not at all: it is written aside, synced, then renamed.
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from io import FileIO
from pathlib import Path
from uuid import uuid4

from xyper_engine.errors import NotFound, Unavailable
from xyper_engine.media.keys import check_key
from xyper_engine.media.port import Stored

CHUNK = 256 * 1024
"""Bytes per read, and at least per write: each costs a trip to a thread."""
ASIDE = ".partial"
"""Where files are written first; no key begins with a dot."""
FORGOTTEN = 86_400.0
"""Seconds after which an unfinished file belongs to a process that died."""


class FolderStore:
    """`folder` is made when needed. The mime type is not kept: whoever stores a file knows it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._swept = False

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, mime: str) -> Stored:  # noqa: ARG002
        target = self._path(key)
        aside = self._folder / ASIDE / uuid4().hex
        with self._in_words():
            file = await asyncio.to_thread(self._create, aside)
        try:
            size = await self._fill(file, chunks)
            with self._in_words():
                await asyncio.to_thread(self._reveal, aside, target)
        except BaseException:
            await asyncio.to_thread(aside.unlink, missing_ok=True)
            raise
        finally:
            file.close()
        return Stored(key, size)

    async def get(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        with self._in_words(key):
            file = await asyncio.to_thread(_open_at, self._path(key), start)
        try:
            left = float("inf") if length is None else length
            while left > 0:
                with self._in_words():
                    chunk = await asyncio.to_thread(file.read, int(min(CHUNK, left)))
                if not chunk:
                    return
                left -= len(chunk)
                yield chunk
        finally:
            file.close()

    async def stat(self, key: str) -> Stored:
        with self._in_words(key):
            return Stored(key, await asyncio.to_thread(_size, self._path(key)))

    async def delete(self, key: str) -> None:
        path = self._path(key)
        with self._in_words():
            await asyncio.to_thread(_unlink, path)

    async def keys(self, *, before: datetime, tenant: str | None = None) -> AsyncGenerator[str, None]:
        walk = os.walk(self._folder / (tenant or ""), onerror=_raise_unless_gone)
        with self._in_words():
            while found := await asyncio.to_thread(next, walk, None):
                folder, names, files = Path(found[0]), found[1], found[2]
                names[:] = [name for name in names if name != ASIDE]
                for name in await asyncio.to_thread(_older, folder, files, before.timestamp()):
                    yield str((folder / name).relative_to(self._folder))

    async def tidy(self) -> None:
        with self._in_words():
            await asyncio.to_thread(_sweep, self._folder / ASIDE)

    async def ping(self) -> None:
        with self._in_words():
            await asyncio.to_thread(self._probe)

    async def close(self) -> None:
        """Nothing is held open."""

    def _path(self, key: str) -> Path:
        return self._folder / check_key(key)

    async def _fill(self, file: FileIO, chunks: AsyncIterator[bytes]) -> int:
        buffer, size = bytearray(), 0
        async for chunk in chunks:  # its errors are not the folder's
            buffer += chunk
            size += len(chunk)
            if len(buffer) >= CHUNK:
                await self._write(file, buffer)
        await self._write(file, buffer)
        with self._in_words():
            await asyncio.to_thread(os.fsync, file.fileno())
        return size

    async def _write(self, file: FileIO, buffer: bytearray) -> None:
        with self._in_words():
            while buffer:
                del buffer[: await asyncio.to_thread(file.write, bytes(buffer))]

    def _create(self, aside: Path) -> FileIO:
        aside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._swept:
            _sweep(aside.parent)
            self._swept = True
        return FileIO(aside, "xb")

    def _probe(self) -> None:
        aside = self._folder / ASIDE / uuid4().hex
        self._create(aside).close()
        aside.unlink()

    def _reveal(self, aside: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside.replace(target)
        for folder in (target.parent, *target.parent.parents):  # a new folder's own name lies in the one above
            _sync(folder)
            if folder == self._folder:
                return

    @contextmanager
    def _in_words(self, key: str | None = None) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if key is not None and isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError):
                raise NotFound(f"There is no file {key} in the media store.") from None
            raise Unavailable(f"The media folder {self._folder} fails ({error.strerror}): see [media] url.") from error


def _open_at(path: Path, start: int) -> FileIO:
    file = FileIO(path, "rb")
    file.seek(start)
    return file


def _size(path: Path) -> int:
    if path.is_dir():
        raise IsADirectoryError
    return path.stat().st_size


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _older(folder: Path, names: list[str], than: float) -> list[str]:
    """Those that were last changed before then."""
    older = []
    for name in names:
        with suppress(FileNotFoundError):
            if (folder / name).stat().st_mtime < than:
                older.append(name)
    return older


def _sweep(aside: Path) -> None:
    for left_over in aside.iterdir() if aside.is_dir() else ():
        with suppress(FileNotFoundError):
            if time.time() - left_over.stat().st_mtime > FORGOTTEN:
                left_over.unlink()


def _unlink(path: Path) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()
        _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
