"""What a page needs to know of a file before it shows it: how large a picture is, how a voice goes, how many pages.

It is looked up once for each file, when somebody first wants to see it, off the way of messages: whoever asks waits for
a moment only, and is told when it is there. What cannot be found out is not asked again.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import structlog

from xyper_engine.ending import end
from xyper_engine.errors import NotFound, Unavailable, Unconvertible
from xyper_engine.media import disk, films
from xyper_engine.media.convert import Workshop
from xyper_engine.media.types import essence
from xyper_engine.state.bubble import File
from xyper_engine.state.files import Files
from xyper_engine.store.db import Database

LARGEST = 32 * 1024 * 1024
"""Bytes of a file that is looked at; of films only the index is."""
PATIENCE = 0.25
"""Seconds whoever asks waits."""
_FILMS = frozenset({"video/mp4", "video/3gpp", "video/quicktime"})
_SIMPLE = {"image/jpeg": "picture", "image/png": "picture", "image/gif": "picture", "image/webp": "picture",
           "application/pdf": "pdf"}  # fmt: skip

_log = structlog.get_logger("xyper.media")


class Details:
    """`workshop`: one of its own, so that no message waits for a look."""

    def __init__(self, db: Database, files: Files, workshop: Workshop) -> None:
        self._db = db
        self._files = files
        self._workshop = workshop
        self._looking: dict[str, asyncio.Task[Mapping[str, Any]]] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, db: Database, files: Files, workshop: Workshop) -> AsyncIterator["Details"]:
        """At the end whatever is being looked at is left."""
        details = cls(db, files, workshop)
        try:
            yield details
        finally:
            tasks = tuple(details._looking.values())
            await end(*tasks)

    async def of(
        self, files: Iterable[File], found: Callable[[str], None] | None = None, patience: float | None = None
    ) -> Mapping[str, Mapping[str, Any]]:
        """By the files' ids, as far as they are known in time; `found` is told of each that is known later."""
        asked = [one for one in files if one.details is None and one.state == "stored" and _looks(one)]
        tasks = {one.id: self._looking.get(one.id) or self._start(one) for one in asked}
        if not tasks:
            return {}
        done, _ = await asyncio.wait(tasks.values(), timeout=PATIENCE if patience is None else patience)
        for id_, task in tasks.items():
            if task not in done and found is not None:
                task.add_done_callback(lambda task, id_=id_: found(id_) if _has(task) else None)  # type: ignore[misc]
        return {id_: task.result() for id_, task in tasks.items() if task in done and _has(task)}

    def _start(self, one: File) -> asyncio.Task[Mapping[str, Any]]:
        task = self._looking[one.id] = asyncio.create_task(self._look(one), name="look at a file")
        task.add_done_callback(lambda _: self._looking.pop(one.id, None))
        return task

    async def _look(self, one: File) -> Mapping[str, Any]:
        try:
            known = await self._known(one)
        except (NotFound, Unavailable):  # it is gone, or will be asked for again
            return {}
        except Unconvertible as error:
            _log.info("file not looked at", file=one.id, mime=one.mime, reason=str(error))
            known = {}
        await self._db.execute(_NOTE, one.id, dict(known))
        return known

    async def _known(self, one: File) -> Mapping[str, Any]:
        mime = essence(one.mime)
        if mime in _FILMS:
            return await films.measures(lambda start, length: self._read(one.id, start, length))
        with tempfile.TemporaryDirectory(prefix="xyper-") as folder:
            source = Path(folder) / "source"
            async with aclosing(self._files.open(one.id)) as chunks:
                await disk.write(source, chunks)
            return await self._workshop.look(source, _SIMPLE.get(mime, "sound"), one.mime)

    async def _read(self, id_: str, start: int, length: int) -> bytes:
        async with aclosing(self._files.open(id_, start=start, length=length)) as chunks:
            return b"".join([chunk async for chunk in chunks])


def _looks(one: File) -> bool:
    mime = essence(one.mime)
    return mime in _FILMS or ((mime in _SIMPLE or mime.startswith("audio/")) and one.size <= LARGEST)


def _has(task: asyncio.Task[Mapping[str, Any]]) -> bool:
    """Whether it found anything; a bug in it is logged by whoever collects the task."""
    return not task.cancelled() and task.exception() is None and bool(task.result())


_NOTE = "update files set details = $2 where id = $1"
