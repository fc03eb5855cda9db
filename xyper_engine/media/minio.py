"""The media store in MinIO, or any server that speaks the S3 protocol."""

import asyncio
import io
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, unquote, urlsplit

import aiohttp
import structlog
from miniopy_async.api import Minio
from miniopy_async.commonconfig import ENABLED, Filter
from miniopy_async.datatypes import MultipartUploader
from miniopy_async.error import InvalidResponseError, MinioException, S3Error
from miniopy_async.lifecycleconfig import AbortIncompleteMultipartUpload, LifecycleConfig, Rule

from xyper_engine.errors import NotFound, SettingsError, Unavailable
from xyper_engine.media.keys import check_key
from xyper_engine.media.port import Stored
from xyper_engine.saying import Quoted, said

PART = 5 * 1024 * 1024
"""Bytes of one part of an upload: the least S3 allows, since it is what an upload holds in memory."""
CHUNK = 256 * 1024
"""Bytes per read."""
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=30)

UPLOADS = 8
"""Uploads at once; each holds about three parts in memory."""

_LEFT = AbortIncompleteMultipartUpload(days_after_initiation=1)
_LIFECYCLE = LifecycleConfig([Rule(ENABLED, _LEFT, rule_filter=Filter(prefix=""), rule_id="xyper-broken-uploads")])
_GONE = ("NoSuchKey", "NoSuchObject", "NoSuchBucket")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Place:
    """What `[media] url` says."""

    host: str
    bucket: str
    key: str
    secret: str = field(repr=False)
    secure: bool = True
    region: str = "us-east-1"


def parse_url(url: str) -> Place:
    """`s3://key:secret@host:port/bucket?secure=true&region=us-east-1`. Raises `SettingsError`, without the secret."""
    try:
        parts = urlsplit(url)
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        raise _wrong("the port is no number") from None
    options = dict(parse_qsl(parts.query))
    secure = {"true": True, "false": False}.get(options.pop("secure", "true"))
    region = options.pop("region", "us-east-1")
    bucket = parts.path.strip("/")
    if not (host and parts.username and parts.password and _BUCKET.fullmatch(bucket)):
        raise _wrong("host, bucket (small letters, digits, - and .), key and secret are needed")
    if options or secure is None:
        raise _wrong("after the ? only secure=true or false and region are known")
    return Place(host, bucket, unquote(parts.username), unquote(parts.password), secure, region)


def _wrong(what: str) -> SettingsError:
    return SettingsError(f'[media] url: {what}; write "s3://key:secret@host:port/bucket?secure=true".')


class MinioStore:
    """The bucket is made at the first `put` or `ping`, where it is missing. To be made where a loop runs."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._bucket = place.bucket
        # Own session: the client's would repeat calls by itself for minutes, and the engine has its own patience.
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        keys = (place.key, place.secret)
        self._client = Minio(place.host, *keys, secure=place.secure, region=place.region, session=self._session)
        self._uploads = asyncio.Semaphore(UPLOADS)
        self._looking = asyncio.Lock()
        self._has_bucket = False
        self._has_rule = False
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger("xyper.media")

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, mime: str) -> Stored:
        check_key(key)
        async with self._uploads, aclosing(_parts(chunks)) as parts:
            await self._ensure_bucket()
            first = await anext(parts, b"")
            if len(first) == PART:
                return await self._put_parts(key, first, parts, mime)
            with self._in_words():
                body, size = io.BytesIO(first), len(first)
                await self._client.put_object(self._bucket, key, body, size, content_type=mime, part_size=size)
            return Stored(key, size)

    async def get(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        check_key(key)
        if (start or length == 0) and (start >= (await self.stat(key)).size or length == 0):
            return  # S3 has no word for an empty range
        response = await self._opened(key, start, length or 0)
        try:
            while chunk := await self._read(response):
                yield chunk
        finally:
            response.close()

    async def stat(self, key: str) -> Stored:
        check_key(key)
        with self._in_words(key):
            found = await self._client.stat_object(self._bucket, key)
        return Stored(key, found.size or 0)

    async def delete(self, key: str) -> None:
        check_key(key)
        with suppress(NotFound), self._in_words(key):
            await self._client.remove_object(self._bucket, key)

    async def keys(self, *, before: datetime, tenant: str | None = None) -> AsyncGenerator[str, None]:
        await self._ensure_bucket()
        prefix = f"{tenant}/" if tenant else None
        with self._in_words():
            async for found in self._client.list_objects(self._bucket, prefix=prefix, recursive=True):
                if found.object_name and found.last_modified and found.last_modified < before:
                    yield found.object_name

    async def tidy(self) -> None:
        """Once per process: a rule by which the server drops what broken uploads left. Not every server knows it."""
        await self._ensure_bucket()
        if self._has_rule:
            return
        self._has_rule = True
        try:
            if not await self._rules():  # an operator's own stay as they are
                await self._client.set_bucket_lifecycle(self._bucket, _LIFECYCLE)
        except MinioException as error:
            code = error.code if isinstance(error, S3Error) else type(error).__name__
            self._log.info("no lifecycle rule for broken uploads", server=self._place.host, error=code)
        except (aiohttp.ClientError, OSError) as error:
            self._has_rule = False
            raise self._unavailable(f"does not answer ({type(error).__name__})") from error

    async def ping(self) -> None:
        self._has_bucket = False
        await self._ensure_bucket()

    async def close(self) -> None:
        await self._session.close()

    async def _opened(self, key: str, start: int, length: int) -> aiohttp.ClientResponse:
        with self._in_words(key):
            try:
                return await self._client.get_object(self._bucket, key, offset=start, length=length)
            except InvalidResponseError:
                await self.stat(key)  # some servers explain a 404 in a form the client cannot read
                raise

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        with self._in_words():
            return await response.content.read(CHUNK)

    async def _put_parts(self, key: str, first: bytes, rest: AsyncIterator[bytes], mime: str) -> Stored:
        upload = self._client.multipart_uploader(self._bucket, key, content_type=mime)
        try:
            size = await self._send(upload, first, 1)
            async for number, part in _counted(rest, 2):
                size += await self._send(upload, part, number)
            with self._in_words():
                await upload.complete()
        except BaseException:
            await self._abandon(upload)
            raise
        return await self._proved(key, size)

    async def _send(self, upload: MultipartUploader, part: bytes, number: int) -> int:
        with self._in_words():
            await upload.upload_part(io.BytesIO(part), number)
        return len(part)

    async def _proved(self, key: str, size: int) -> Stored:
        """S3 may answer the end of an upload with 200 and an error in the body: believe what is stored."""
        stored = await self.stat(key)
        if stored.size != size:
            raise Unavailable(f"The media store at {self._place.host} did not keep the whole of {key}.")
        return stored

    async def _abandon(self, upload: MultipartUploader) -> None:
        try:
            async with asyncio.timeout(5):
                await upload.abort()  # type: ignore[no-untyped-call]
        except (MinioException, aiohttp.ClientError, OSError) as error:
            # Parts that stay behind cost room, nothing else; the bucket's lifecycle rule is to sweep them.
            self._log.debug("upload not aborted", server=self._place.host, error=type(error).__name__)

    async def _rules(self) -> bool:
        try:
            return await self._client.get_bucket_lifecycle(self._bucket) is not None
        except ValueError:  # the client's word for an answer without rules
            return False

    async def _ensure_bucket(self) -> None:
        async with self._looking:
            if not self._has_bucket:
                with self._in_words():
                    if not await self._client.bucket_exists(self._bucket):
                        await self._make_bucket()
                self._has_bucket = True

    async def _make_bucket(self) -> None:
        try:
            await self._client.make_bucket(self._bucket)
        except MinioException:
            if not await self._client.bucket_exists(self._bucket):  # else another process was faster
                raise

    @contextmanager
    def _in_words(self, key: str | None = None) -> Iterator[None]:
        try:
            yield
        except S3Error as error:
            if error.code == "NoSuchBucket":
                self._has_bucket = False
            if key is not None and error.code in _GONE:
                raise NotFound(f"There is no file {key} in the media store.") from None
            raise self._unavailable(f"refuses ({error.code})") from error
        except (MinioException, aiohttp.ClientError, OSError) as error:
            words = "The media store at {server} does not answer ({error}): see [media] url."
            kind = Quoted(type(error).__name__)
            raise Unavailable(said("away.media", words, server=self._place.host, error=kind)) from error

    def _unavailable(self, what: str) -> Unavailable:
        return Unavailable(f"The media store at {self._place.host} {what}: see [media] url.")


async def _parts(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same bytes in pieces of exactly `PART`; the last one is shorter, or missing."""
    buffer = bytearray()
    async for chunk in chunks:
        buffer += chunk
        while len(buffer) >= PART:
            yield bytes(buffer[:PART])
            del buffer[:PART]
    if buffer:
        yield bytes(buffer)


async def _counted(parts: AsyncIterator[bytes], number: int) -> AsyncIterator[tuple[int, bytes]]:
    async for part in parts:
        yield number, part
        number += 1
