"""The media store: files, streamed. `[media] url` chooses the twin."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from xyper_engine.errors import SettingsError
from xyper_engine.media.folder import FolderStore
from xyper_engine.media.port import MediaStore
from xyper_engine.settings import Settings


@asynccontextmanager
async def open_media(settings: Settings) -> AsyncIterator[MediaStore]:
    """The store that `[media] url` names, closed at the end. Raises `SettingsError`; asks nothing of a server yet."""
    store = _choose(settings)
    try:
        yield store
    finally:
        await store.close()


def _choose(settings: Settings) -> MediaStore:
    url = settings.media.url.get_secret_value()
    if url.startswith("s3://"):
        from xyper_engine.media.minio import MinioStore, parse_url  # only who has an S3 server shall pay for its client

        return MinioStore(parse_url(url))
    if url == "folder:":
        return FolderStore(settings.data_dir / "media")
    if url.startswith("folder:///"):
        return FolderStore(Path(url.removeprefix("folder://")))
    raise SettingsError(
        '[media] url: write "folder:", "folder:///absolute/path" or "s3://key:secret@host:port/bucket".'
    )
