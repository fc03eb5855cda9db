"""Files: kept once, as their bytes say, whatever breaks on the way; on the folder and on a real S3 server."""

import asyncio
import base64
import gc
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from tests import servers
from tests.conftest import Configure
from tests.engine.media.clamd import MALWARE, NAME, Clamd
from tests.engine.store.databases import Postgres
from xyper_engine.errors import NotFound, SendError, Unavailable
from xyper_engine.media import open_media
from xyper_engine.media.minio import PART
from xyper_engine.media.port import MediaStore
from xyper_engine.media.scan import open_scanner
from xyper_engine.model import now
from xyper_engine.parts import MediaKind, Source
from xyper_engine.sealing import Sealer
from xyper_engine.state.files import Files, Owner
from xyper_engine.store.db import Database

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
OWNER = Owner("acme", "whatsapp/1/wamid.1", 0, "tel:+16505551234", MediaKind.image)
SEALER = Sealer([bytes(32)])
FAR = datetime(9999, 1, 1, tzinfo=UTC)


@pytest.fixture
async def store(request: pytest.FixtureRequest, configure: Configure, postgres: Postgres) -> AsyncIterator[MediaStore]:
    """A real S3 server beside the real PostgreSQL, a folder beside the embedded one."""
    url = request.getfixturevalue("s3_server").url if isinstance(postgres, servers.PostgreSQL) else "folder:"
    async with open_media(configure({"media": {"url": url}})) as opened:
        async for key in opened.keys(before=FAR):
            await opened.delete(key)
        yield opened
    gc.collect()  # an unclosed connection would speak up here, and a warning is an error


@pytest.fixture
async def files(db: Database, store: MediaStore) -> Files:
    for tenant in ("acme", "other"):
        await db.execute("insert into tenants (id, name) values ($1, $1)", tenant)
    return Files(db, store, SEALER, "https://xyper.example.com")


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def broken(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    raise SendError("the far side broke off")


async def read(files: Files, file_id: str, start: int = 0, length: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in files.open(file_id, start=start, length=length)])


async def objects(store: MediaStore) -> list[str]:
    return sorted([key async for key in store.keys(before=FAR)])


async def test_a_file_is_kept_as_its_bytes_say(files: Files, store: MediaStore) -> None:
    kept = await files.keep(OWNER, stream(PNG[:5], PNG[5:], b"x" * 100), mime="image/jpeg", name="../../my\x00 pic.jpg")
    body = PNG + b"x" * 100
    assert (kept.mime, kept.size, kept.state) == ("image/png", len(body), "stored")
    assert kept.sha256 == hashlib.sha256(body).hexdigest()
    assert "/" not in kept.name
    assert kept.name.endswith(".png")
    assert await read(files, kept.id) == body
    assert await read(files, kept.id, 8, 4) == body[8:12]
    assert await files.get(kept.id) == await files.of(OWNER.event_key, 0) == kept
    [key] = await objects(store)
    assert key == kept.object
    assert key.startswith("acme/2")


async def test_bytes_made_here_are_kept_too(files: Files) -> None:
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nEND:VCARD\r\n"
    kept = await files.keep_bytes(replace(OWNER, n=1000, kind=MediaKind.document), card, name="Ada.vcf")
    assert (kept.mime, kept.name, await read(files, kept.id)) == ("text/vcard", "Ada.vcf", card)


SOURCES = {
    "an id": (Source(id="1234567890"), "1234567890", None),
    "a signed address": (Source(url="https://api-downloads.example.com/a/b.png?sig=secret"), None, "/a/b.png"),
    "both": (Source(id="1", url="https://user:secret@api-downloads.example.com/a#secret"), "1", "/a"),
    "no address": (Source(id="\0", url="a\0b?secret"), None, None),
}


@pytest.mark.parametrize(("source", "ident", "path"), SOURCES.values(), ids=SOURCES)
async def test_where_the_far_side_kept_it_is_remembered_without_what_opens_it(
    files: Files, source: Source, ident: str | None, path: str | None
) -> None:
    kept = await files.keep(OWNER, stream(PNG), source=source)
    assert (kept.source_id, kept.source_url) == (ident, path and f"api-downloads.example.com{path}")
    assert await files.get(kept.id) == kept


async def test_an_empty_file_is_a_file(files: Files) -> None:
    kept = await files.keep(OWNER, stream(), name="empty.txt")
    assert (kept.size, await read(files, kept.id)) == (0, b"")


async def test_a_claim_that_is_repeated_reads_nothing(files: Files) -> None:
    kept = await files.keep(OWNER, stream(PNG))
    assert await files.keep(OWNER, broken()) == kept


async def test_two_engines_with_one_file_keep_one(files: Files, store: MediaStore) -> None:
    first, second = await asyncio.gather(*(files.keep(OWNER, stream(PNG)) for _ in range(2)))
    assert first == second
    assert await read(files, first.id) == PNG
    assert await objects(store) == [first.object]


async def test_the_same_bytes_of_one_tenant_lie_once(files: Files, store: MediaStore) -> None:
    numbers = count()
    owners = [replace(OWNER, n=next(numbers)) for _ in range(5)]
    kept = await asyncio.gather(*(files.keep(owner, stream(PNG), name=f"{owner.n}.png") for owner in owners))
    assert len({file.id for file in kept}) == 5
    assert [file.name for file in kept] == [f"{n}.png" for n in range(5)]
    assert await objects(store) == [kept[0].object]
    assert [await read(files, file.id) for file in kept] == [PNG] * 5


async def test_bytes_that_the_store_lost_are_there_again_when_they_come_again(files: Files, store: MediaStore) -> None:
    first = await files.keep(OWNER, stream(PNG))
    assert first.object
    await store.delete(first.object)
    second = await files.keep(replace(OWNER, n=1), stream(PNG))
    assert [await read(files, file.id) for file in (first, second)] == [PNG, PNG]


async def test_the_same_bytes_of_two_tenants_lie_twice(files: Files, store: MediaStore) -> None:
    await files.keep(OWNER, stream(PNG))
    await files.keep(replace(OWNER, tenant="other", event_key="whatsapp/2/wamid.2"), stream(PNG))
    assert [key.partition("/")[0] for key in await objects(store)] == ["acme", "other"]


TOLD: dict[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "capital hex": lambda digest: digest.hex().upper(),
    "base64": lambda digest: base64.b64encode(digest).decode(),
}


@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD)
async def test_the_hash_that_the_far_side_tells_is_compared(files: Files, told: Callable[[bytes], str]) -> None:
    right = told(hashlib.sha256(PNG).digest())
    with pytest.raises(SendError, match="damaged") as error:
        await files.keep(OWNER, stream(PNG, b"!"), sha256=right)
    assert error.value.retryable
    assert await files.of(OWNER.event_key, 0) is None
    assert (await files.keep(OWNER, stream(PNG), sha256=right)).size == len(PNG)


@pytest.mark.parametrize("size", [10, PART + 10], ids=["small", "in parts"])
async def test_what_breaks_off_leaves_nothing(files: Files, store: MediaStore, size: int) -> None:
    with pytest.raises(SendError, match="broke off"):
        await files.keep(OWNER, broken(os.urandom(size)))
    assert (await files.of(OWNER.event_key, 0), await objects(store)) == (None, [])


async def test_what_a_crash_left_between_object_and_row_is_replaced_by_the_next_try(
    files: Files, store: MediaStore
) -> None:
    left = f"acme/{now():%Y/%m}/{OWNER.file_id}"
    await store.put(left, stream(b"what the try before had stored"), mime="")
    kept = await files.keep(OWNER, stream(PNG))
    assert await objects(store) == [left]
    assert await read(files, kept.id) == PNG


@pytest.mark.real
async def test_what_is_found_infected_is_no_longer_served_to_those_who_had_it_before(
    files: Files, store: MediaStore, db: Database, configure: Configure
) -> None:
    before = await files.keep(OWNER, stream(MALWARE))
    async with Clamd() as clamd:
        scanner = open_scanner(configure({"media": {"clamd": clamd.url}}))
        scanning = Files(db, store, SEALER, "", scanner=scanner)
        now_known = await scanning.keep(replace(OWNER, n=1), stream(MALWARE))
        clean = await scanning.keep(replace(OWNER, n=2), stream(PNG))
    assert (before.scan, now_known.scan, clean.scan) == ("unscanned", "infected", "clean")
    assert (await files.get(before.id)).scan == "infected"
    assert (now_known.state, now_known.detail) == ("infected", NAME)
    assert "/quarantine/" in str(now_known.object)
    for file in (before, now_known):
        with pytest.raises(NotFound, match="infected"):
            await read(files, file.id)


@pytest.mark.real
async def test_the_s3_server_is_killed_while_a_file_comes_in(db: Database, configure: Configure) -> None:
    await db.execute("insert into tenants (id, name) values ('acme', 'Acme')")
    body = os.urandom(PART)

    async def killing(server: servers.S3) -> AsyncIterator[bytes]:
        yield body
        yield body
        await server.kill()
        yield body

    async with servers.s3() as server, open_media(configure({"media": {"url": server.url}})) as store:
        files = Files(db, store, SEALER, "")
        with pytest.raises(Unavailable, match=r"\[media\] url"):
            await files.keep(OWNER, killing(server))
        assert await files.of(OWNER.event_key, 0) is None
        await server.start()
        kept = await files.keep(OWNER, stream(body, body, body), sha256=hashlib.sha256(body * 3).hexdigest())
        assert await read(files, kept.id) == body * 3
    gc.collect()


async def test_a_link_opens_its_file_for_as_long_as_it_says(files: Files) -> None:
    kept = await files.keep(OWNER, stream(PNG), name="a b/ü.png")
    address = files.link(kept.id, kept.name)
    base, token, name = address.rsplit("/", 2)
    assert base == "https://xyper.example.com/files"
    assert " " not in name
    assert files.linked(token) == kept.id


async def test_a_link_that_expired_or_is_forged_opens_nothing(files: Files) -> None:
    token = files.link(OWNER.file_id, "a").split("/")[-2]
    file_id, expires, signature = token.split(".")
    other = Files(files._db, files._store, Sealer([bytes(range(32))]), "")
    forged = [
        files.link(OWNER.file_id, "a", hours=-1).split("/")[-2],
        other.link(OWNER.file_id, "a").split("/")[-2],
        f"{replace(OWNER, n=1).file_id}.{expires}.{signature}",
        f"{file_id}.{int(expires) + 1}.{signature}",
        f"{file_id}.{expires}.{signature[:-1]}",
        f"{file_id}.{expires}",
        "",
        "..",
        "é" * 36 + ".1.x",
    ]
    for one in forged:
        with pytest.raises(NotFound, match="expired"):
            files.linked(one)
