"""Both media stores answer the same; the S3 server may be killed and come back."""

import asyncio
import gc
import hashlib
import os
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from tests import servers
from tests.conftest import Configure
from xyper_engine.errors import NotFound, SettingsError, Unavailable
from xyper_engine.media import open_media
from xyper_engine.media.keys import check_key
from xyper_engine.media.minio import PART
from xyper_engine.media.port import MediaStore, Stored

TWINS = [pytest.param("folder", id="folder"), pytest.param("s3", id="s3", marks=pytest.mark.real)]
MEBI = 1024 * 1024


@pytest.fixture(params=TWINS)
async def store(request: pytest.FixtureRequest, configure: Configure) -> AsyncIterator[MediaStore]:
    server = request.getfixturevalue("s3_server") if request.param == "s3" else None
    async with open_media(configure({"media": {"url": server.url if server else "folder:"}})) as opened:
        yield opened
    gc.collect()  # an unclosed connection would speak up here, and a warning is an error


@pytest.fixture
async def own_s3() -> AsyncIterator[servers.S3]:
    async with servers.s3() as server:
        yield server


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def broken(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    raise ConnectionResetError("the source broke off")


async def fetch(store: MediaStore, key: str, start: int = 0, length: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.get(key, start=start, length=length)])


SIZES = {
    "nothing": [b""],
    "one byte": [b"x"],
    "small chunks": [b"abc", b"", b"def"],
    "just under a part": [b"u" * (PART - 1)],
    "exactly a part": [b"p" * PART],
    "a part and a byte": [b"q" * PART, b"r"],
    "a chunk over several parts": [os.urandom(2 * PART + 17)],
}


@pytest.mark.parametrize("chunks", SIZES.values(), ids=SIZES.keys())
async def test_what_was_put_comes_back(store: MediaStore, chunks: Iterable[bytes]) -> None:
    whole = b"".join(chunks)
    assert await store.put("acme/a.bin", stream(*chunks), mime="image/jpeg") == Stored("acme/a.bin", len(whole))
    assert await store.stat("acme/a.bin") == Stored("acme/a.bin", len(whole))
    assert await fetch(store, "acme/a.bin") == whole


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, None, b"0123456789"),
        (3, None, b"3456789"),
        (3, 4, b"3456"),
        (0, 4, b"0123"),
        (8, 100, b"89"),
        (10, None, b""),
        (99, 5, b""),
        (3, 0, b""),
        (0, 0, b""),
    ],
)
async def test_a_range(store: MediaStore, start: int, length: int | None, expected: bytes) -> None:
    await store.put("acme/range", stream(b"0123456789"), mime="text/plain")
    assert await fetch(store, "acme/range", start, length) == expected


async def test_a_second_put_replaces(store: MediaStore) -> None:
    await store.put("acme/r", stream(b"a longer first version"), mime="text/plain")
    await store.put("acme/r", stream(b"second"), mime="text/plain")
    assert await fetch(store, "acme/r") == b"second"


@pytest.mark.parametrize("key", ["acme/unknown", "nobody/a/b", "acme/r/below-a-file"])
async def test_what_is_not_there(store: MediaStore, key: str) -> None:
    await store.put("acme/r", stream(b"1"), mime="text/plain")
    with pytest.raises(NotFound, match=key):
        await store.stat(key)
    with pytest.raises(NotFound, match=key):
        await fetch(store, key)
    with pytest.raises(NotFound):
        await fetch(store, key, 5, 0)
    await store.delete(key)


async def test_a_folder_of_keys_is_no_file(store: MediaStore) -> None:
    await store.put("acme/folder/file", stream(b"1"), mime="text/plain")
    with pytest.raises(NotFound):
        await store.stat("acme/folder")
    with pytest.raises(NotFound):
        await fetch(store, "acme/folder")


async def test_what_was_deleted_is_gone(store: MediaStore) -> None:
    await store.put("acme/d", stream(b"1"), mime="text/plain")
    await store.delete("acme/d")
    await store.delete("acme/d")
    with pytest.raises(NotFound):
        await store.stat("acme/d")


@pytest.mark.parametrize("sent", [1, PART + 1, 3 * PART], ids=["first part", "second part", "later"])
async def test_a_source_that_breaks_off_leaves_what_was_there(store: MediaStore, sent: int) -> None:
    await store.put("acme/b", stream(b"whole"), mime="text/plain")
    with pytest.raises(ConnectionResetError):
        await store.put("acme/b", broken(b"x" * sent), mime="text/plain")
    assert await fetch(store, "acme/b") == b"whole"


async def test_a_cancelled_put_leaves_nothing(store: MediaStore) -> None:
    reached = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"x" * (PART + 1)
        reached.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(store.put("acme/cancelled", endless(), mime="text/plain"))
    await asyncio.wait_for(reached.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(NotFound):
        await store.stat("acme/cancelled")


async def test_a_reader_that_stops_early_costs_nothing(store: MediaStore) -> None:
    await store.put("acme/early", stream(b"x" * 3 * MEBI), mime="text/plain")
    async for chunk in store.get("acme/early"):
        assert chunk
        break
    assert (await store.stat("acme/early")).size == 3 * MEBI


async def test_a_large_file_is_never_held_whole(store: MediaStore) -> None:
    block = os.urandom(64 * 1024)
    process, peak = psutil.Process(), 0

    async def large() -> AsyncIterator[bytes]:
        nonlocal peak
        for _ in range(32 * MEBI // len(block)):
            peak = max(peak, process.memory_info().rss)
            yield block

    await store.put("acme/warm-up", stream(block), mime="video/mp4")
    before = process.memory_info().rss
    await store.put("acme/large", large(), mime="video/mp4")
    digest = hashlib.sha256()
    async for chunk in store.get("acme/large"):
        peak = max(peak, process.memory_info().rss)
        digest.update(chunk)
    assert digest.digest() == hashlib.sha256(block * (32 * MEBI // len(block))).digest()
    assert peak - before < 24 * MEBI


async def test_many_at_once(store: MediaStore) -> None:
    await asyncio.gather(*(store.put(f"acme/many/{n}", stream(b"%d" % n), mime="text/plain") for n in range(40)))
    assert await asyncio.gather(*(fetch(store, f"acme/many/{n}") for n in range(40))) == [b"%d" % n for n in range(40)]


async def test_names_in_any_script(store: MediaStore) -> None:
    key = "acme/Müller & Söhne 100% +1 (日本) 🙂.pdf"
    await store.put(key, stream(b"1"), mime="application/pdf")
    assert await fetch(store, key) == b"1"
    assert await store.stat(key) == Stored(key, 1)
    await store.delete(key)


async def test_what_lies_there_is_told_by_its_age(store: MediaStore) -> None:
    keys = {f"acme/aged/{n}/Müller & Söhne {n}.pdf" for n in range(3)} | {"other/aged/x"}
    for key in keys:
        await store.put(key, stream(b"1"), mime="text/plain")
    past, future = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    assert {key async for key in store.keys(before=future) if "/aged/" in key} == keys
    assert [key async for key in store.keys(before=past) if "/aged/" in key] == []


async def test_tidying_costs_nothing_that_is_whole(store: MediaStore) -> None:
    await store.put("acme/whole", stream(b"1"), mime="text/plain")
    for _ in range(2):
        await store.tidy()
    assert await fetch(store, "acme/whole") == b"1"


async def test_an_empty_store_has_no_keys(configure: Configure, tmp_path: os.PathLike[str]) -> None:
    async with open_media(configure({"media": {"url": f"folder://{tmp_path}/nothing yet"}})) as store:
        assert [key async for key in store.keys(before=datetime.now(UTC))] == []
        await store.tidy()


BAD_KEYS = {
    "empty": "",
    "no tenant": "a",
    "absolute": "/acme/a",
    "empty end": "acme/",
    "empty part": "acme//a",
    "up": "acme/../b",
    "out": "../a",
    "dot": "acme/./a",
    "hidden": "acme/.hidden",
    "the store's own": ".partial/a",
    "zero byte": "acme/a\x00b",
    "line break": "acme/a\nb",
    "backslash": "acme\\..\\b/c",
    "long name": "acme/" + "x" * 256,
    "long name in bytes": "acme/" + "ä" * 200,
    "long": "/".join("x" * 500),
}


@pytest.mark.parametrize("key", BAD_KEYS.values(), ids=BAD_KEYS.keys())
async def test_a_key_never_leaves_the_store(store: MediaStore, key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        await store.put(key, stream(b"1"), mime="text/plain")
    with pytest.raises(ValueError, match="no key"):
        await fetch(store, key)
    with pytest.raises(ValueError, match="no key"):
        await store.stat(key)
    with pytest.raises(ValueError, match="no key"):
        await store.delete(key)


def test_a_good_key_is_returned() -> None:
    assert check_key("acme/2026/a b.jpg") == "acme/2026/a b.jpg"


async def test_ping(store: MediaStore) -> None:
    await store.ping()


@pytest.mark.real
async def test_of_many_who_need_a_bucket_at_once_one_makes_it(own_s3: servers.S3, configure: Configure) -> None:
    settings = configure({"media": {"url": own_s3.url}})
    async with open_media(settings) as one, open_media(settings) as two:
        await asyncio.gather(*(store.put(f"acme/{n}", stream(b"1"), mime="") for n, store in enumerate([one, two] * 8)))


@pytest.mark.real
async def test_the_s3_server_is_killed_and_comes_back(own_s3: servers.S3, configure: Configure) -> None:
    async with open_media(configure({"media": {"url": own_s3.url}})) as store:
        await store.put("acme/a", stream(b"x" * 2 * PART), mime="video/mp4")
        await own_s3.kill()
        for call in (store.ping(), store.tidy(), store.stat("acme/a"), fetch(store, "acme/a"), store.delete("acme/a")):
            with pytest.raises(Unavailable, match=r"\[media\] url"):
                await call
        with pytest.raises(Unavailable):
            await store.put("acme/b", stream(b"1"), mime="text/plain")
        await own_s3.start()
        assert await fetch(store, "acme/a") == b"x" * 2 * PART
        await store.put("acme/b", stream(b"1"), mime="text/plain")
        assert await fetch(store, "acme/b") == b"1"


@pytest.mark.real
async def test_the_s3_server_is_killed_in_the_midst(own_s3: servers.S3, configure: Configure) -> None:
    async def killing() -> AsyncIterator[bytes]:
        yield b"x" * (PART + 1)
        await own_s3.kill()
        yield b"x" * PART

    async with open_media(configure({"media": {"url": own_s3.url}})) as store:
        with pytest.raises(Unavailable):
            await store.put("acme/a", killing(), mime="video/mp4")
        await own_s3.start()
        with pytest.raises(NotFound):
            await store.stat("acme/a")
        await store.put("acme/a", stream(b"x" * 32 * MEBI), mime="video/mp4")
        reading = store.get("acme/a")
        assert await anext(reading)
        await own_s3.kill()
        with pytest.raises(Unavailable):
            assert not [chunk async for chunk in reading if not chunk]


@pytest.mark.real
@pytest.mark.parametrize(("right", "wrong"), [("test-key:", "other:"), (":test-secret", ":other")])
async def test_wrong_credentials_are_said(own_s3: servers.S3, configure: Configure, right: str, wrong: str) -> None:
    async with open_media(configure({"media": {"url": own_s3.url.replace(right, wrong)}})) as store:
        with pytest.raises(Unavailable, match="refuses") as told:
            await store.ping()
    assert "other" not in str(told.value)


async def test_a_folder_elsewhere(configure: Configure, tmp_path: os.PathLike[str]) -> None:
    async with open_media(configure({"media": {"url": f"folder://{tmp_path}/else where"}})) as store:
        await store.put("acme/a", stream(b"1"), mime="text/plain")
    assert os.listdir(f"{tmp_path}/else where/acme") == ["a"]  # noqa: PTH208


async def test_a_folder_that_cannot_be_written(configure: Configure) -> None:
    async with open_media(configure({"media": {"url": "folder:///proc/nowhere"}})) as store:
        with pytest.raises(Unavailable, match=r"\[media\] url"):
            await store.ping()
        with pytest.raises(Unavailable, match=r"\[media\] url"):
            await store.put("acme/a", stream(b"1"), mime="text/plain")


@pytest.mark.parametrize(
    "url",
    ["", "folder", "folder:relative", "file:///x", "s3://host/bucket", "s3://k:hidden@host", "s3://k:hidden@h:port/bucket",
     "s3://k:hidden@host/Upper", "s3://k:hidden@host/a/b", "s3://k:hidden@h/bucket?secure=maybe", "s3://k:hidden@h/bucket?x=1"],
)  # fmt: skip
async def test_a_wrong_url_is_named(url: str, configure: Configure) -> None:
    with pytest.raises(SettingsError, match=r"^\[media\] url") as told:
        async with open_media(configure({"media": {"url": url}})):
            pass
    assert "hidden" not in str(told.value)
