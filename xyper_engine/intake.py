"""Files that people hand in: no larger than they may be, and what their bytes say rather than their names."""

from collections.abc import AsyncIterator

from xyper_engine.contract import MediaLimit
from xyper_engine.errors import Unsendable
from xyper_engine.media.types import essence
from xyper_engine.state.files import StoredFile


async def bounded(chunks: AsyncIterator[bytes], limit: MediaLimit) -> AsyncIterator[bytes]:
    """The same bytes. Raises `Unsendable` (`too_big`) in the midst of too many."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit.size:
            raise too_big(limit)
        yield chunk


def checked(file: StoredFile, limit: MediaLimit) -> StoredFile:
    """The same file. Raises `Unsendable` (`infected`, `not_taken`)."""
    if file.state == "infected":
        raise Unsendable(f"This file holds malware ({file.detail}): it cannot be sent.", "infected")
    if not file.size:
        raise Unsendable("This file is empty.", "not_taken")
    if "*/*" not in limit.mimes and essence(file.mime) not in limit.mimes:
        taken = ", ".join(limit.mimes)
        raise Unsendable(f"The customer's channel takes {taken} here, and this is {file.mime}.", "not_taken")
    return file


def too_big(limit: MediaLimit) -> Unsendable:
    return Unsendable(f"The file is too large: at most {limit.size / 1_000_000:.1f} MB are possible.", "too_big")
