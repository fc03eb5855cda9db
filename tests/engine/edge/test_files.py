"""Links to files, spoken over HTTP as a browser, a player and an intruder would."""

import asyncio
import gc
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp
import psutil
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests import servers
from tests.conftest import Configure
from tests.engine.store.databases import Postgres
from xyper_engine.edge.server import public_app
from xyper_engine.media.stream import once
from xyper_engine.parts import MediaKind
from xyper_engine.plugins import load
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.state.files import Owner, StoredFile

OWNER = Owner("acme", "whatsapp/1/wamid.1", 0, "tel:+16505551234", MediaKind.document)
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 4


@dataclass
class Edge:
    rt: Runtime
    http: TestClient[web.Request, web.Application]

    async def keep(self, body: bytes, name: str, n: int = 0) -> StoredFile:
        return await self.rt.files.keep_bytes(replace(OWNER, n=n), body, name=name)

    def path(self, file: StoredFile, hours: float | None = None) -> str:
        address = self.rt.files.link(file.id, file.name, hours=hours)
        return address.removeprefix(self.rt.settings.public_url)


@pytest.fixture
async def edge(
    request: pytest.FixtureRequest, configure: Configure, postgres: Postgres, url: str
) -> AsyncIterator[Edge]:
    """A folder beside the embedded PostgreSQL, a real S3 server beside the real one."""
    media = request.getfixturevalue("s3_server").url if isinstance(postgres, servers.PostgreSQL) else "folder:"
    async with at_work(configure, url, media) as found:
        yield found
    gc.collect()


@asynccontextmanager
async def at_work(configure: Configure, url: str, media: str) -> AsyncIterator[Edge]:
    settings = configure({"database": {"url": url}, "media": {"url": media}})
    async with open_runtime(settings) as rt:
        await rt.db.execute("insert into tenants (id, name) values ('acme', 'Acme')")
        async with TestClient(TestServer(public_app(rt, load(settings)))) as http:
            yield Edge(rt, http)


async def test_a_whole_file(edge: Edge) -> None:
    file = await edge.keep(PDF, "Rechnung № 1.pdf")
    async with edge.http.get(edge.path(file)) as answer:
        assert (answer.status, await answer.read()) == (200, PDF)
        said = answer.headers
    assert said["Content-Type"] == "application/pdf"
    assert said["Content-Length"] == str(len(PDF))
    assert said["ETag"] == f'"{file.sha256}"'
    assert said["Accept-Ranges"] == "bytes"
    assert said["Cache-Control"] == "private"
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["Referrer-Policy"] == "no-referrer"
    assert said["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert said["Content-Disposition"] == (
        "inline; filename=\"Rechnung _ 1.pdf\"; filename*=UTF-8''Rechnung%20%E2%84%96%201.pdf"
    )


async def test_only_its_head(edge: Edge) -> None:
    file = await edge.keep(PDF, "a.pdf")
    async with edge.http.head(edge.path(file)) as answer:
        assert (answer.status, answer.headers["Content-Length"], await answer.read()) == (200, str(len(PDF)), b"")


RANGES = {
    "from the beginning": ("bytes=0-", 206, slice(0, None)),
    "two bytes, as Safari asks first": ("bytes=0-1", 206, slice(0, 2)),
    "the midst": ("bytes=10-19", 206, slice(10, 20)),
    "to the end": ("bytes=1000-", 206, slice(1000, None)),
    "beyond the end": ("bytes=1000-99999", 206, slice(1000, None)),
    "the last ones": ("bytes=-5", 206, slice(-5, None)),
    "more than all as the last ones": ("bytes=-99999", 206, slice(0, None)),
    "several: the whole": ("bytes=0-1,5-6", 200, slice(None)),
    "backwards: the whole": ("bytes=9-3", 200, slice(None)),
    "another unit: the whole": ("lines=1-2", 200, slice(None)),
    "nonsense: the whole": ("bytes=x", 200, slice(None)),
}


async def test_a_range(edge: Edge) -> None:
    file = await edge.keep(PDF, "a.pdf")
    for case, (asked, status, part) in RANGES.items():
        start, stop, _ = part.indices(len(PDF))
        async with edge.http.get(edge.path(file), headers={"Range": asked}) as answer:
            assert (answer.status, await answer.read()) == (status, PDF[part]), case
            expected = f"bytes {start}-{stop - 1}/{len(PDF)}" if status == 206 else None
            assert answer.headers.get("Content-Range") == expected, case


async def test_a_range_that_is_not_there(edge: Edge) -> None:
    file = await edge.keep(PDF, "a.pdf")
    for asked in ("bytes=99999-", "bytes=-0", f"bytes={len(PDF)}-"):
        async with edge.http.get(edge.path(file), headers={"Range": asked}) as answer:
            assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{len(PDF)}")
            assert answer.content_type == "application/problem+json"


async def test_a_range_of_the_file_as_it_was(edge: Edge) -> None:
    file = await edge.keep(PDF, "a.pdf")
    for known, status in ((f'"{file.sha256}"', 206), ('"another"', 200), ("Sun, 22 Nov 2026 00:00:00 GMT", 200)):
        async with edge.http.get(edge.path(file), headers={"Range": "bytes=0-1", "If-Range": known}) as answer:
            assert answer.status == status


async def test_what_is_known_already_is_not_sent_again(edge: Edge) -> None:
    file = await edge.keep(PDF, "a.pdf")
    async with edge.http.get(edge.path(file), headers={"If-None-Match": f'"{file.sha256}"'}) as answer:
        assert (answer.status, await answer.read(), answer.headers["ETag"]) == (304, b"", f'"{file.sha256}"')


async def test_an_empty_file(edge: Edge) -> None:
    file = await edge.keep(b"", "a.txt")
    for headers, status in (({}, 200), ({"Range": "bytes=0-"}, 416)):
        async with edge.http.get(edge.path(file), headers=headers) as answer:
            assert answer.status == status


SHOWN = {
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89", "a.png", "inline"),
    "a document": (PDF, "a.pdf", "inline"),
    "sound": (b"OggS\0\2" + bytes(22) + b"OpusHead" + bytes(16), "a.ogg", "inline"),
    "a page": (b"<!doctype html><html><script>alert(1)</script></html>", "a.html", "attachment"),
    "a page that claims to be a picture": (b"<html><body><script>alert(1)</script>", "a.png", "attachment"),
    "a picture that can run scripts": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "a.svg", "attachment"),
    "XML": (b'<?xml version="1.0"?><a/>', "a.xml", "attachment"),
    "a script": (b"alert(1)", "a.js", "attachment"),
    "text": (b"hello", "a.txt", "attachment"),
    "the unknown": (bytes(range(256)), "a", "attachment"),
}  # fmt: skip


async def test_what_a_browser_would_run_is_never_shown_in_it(edge: Edge) -> None:
    for n, (case, (body, name, how)) in enumerate(SHOWN.items()):
        file = await edge.keep(body, name, n)
        async with edge.http.get(edge.path(file)) as answer:
            assert answer.headers["Content-Disposition"].partition(";")[0] == how, case
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("sandbox")
            assert "default-src 'none'" in policy
            assert "script" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_link_that_is_forged_or_over(edge: Edge) -> None:
    file = await edge.keep(PDF, "a.pdf")
    for path in (edge.path(file, hours=-1), edge.path(file).replace(".", "0", 1), "/files/x/y", "/files/../x"):
        async with edge.http.get(path) as answer:
            assert (answer.status, answer.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize("state", ["infected", "gone"])
async def test_a_file_that_is_not_to_be_had_any_more(edge: Edge, state: str) -> None:
    file = await edge.keep(PDF, "a.pdf")
    await edge.rt.db.execute("update files set state = $1", state)
    async with edge.http.get(edge.path(file)) as answer:
        assert (answer.status, answer.content_type) == (410, "application/problem+json")


async def test_a_reader_that_leaves_disturbs_nobody(edge: Edge) -> None:
    file = await edge.keep(PDF + os.urandom(8 << 20), "a.pdf")
    for _ in range(3):
        async with edge.http.get(edge.path(file)) as answer:
            assert await answer.content.read(10)
            answer.close()
    async with edge.http.get(edge.path(file), headers={"Range": "bytes=-9"}) as answer:
        assert len(await answer.read()) == 9


async def test_a_hundred_megabytes_pass_in_and_out_without_being_held(edge: Edge) -> None:
    """Claimed, stored, served and read in this one process, which grows by no more than 40 MB."""
    block, process, seen = os.urandom(64 * 1024), psutil.Process(), [0]
    digest = hashlib.sha256(block * 1600).hexdigest()

    async def large() -> AsyncIterator[bytes]:
        for _ in range(1600):
            seen.append(process.memory_info().rss)
            yield block

    file = await edge.keep(PDF, "warm-up.pdf", n=1)
    async with edge.http.get(edge.path(file)) as answer:
        await answer.read()
    before, read = process.memory_info().rss, hashlib.sha256()
    file = await edge.rt.files.keep(OWNER, large(), sha256=digest)
    async with edge.http.get(edge.path(file)) as answer:
        async for chunk in answer.content.iter_any():
            seen.append(process.memory_info().rss)
            read.update(chunk)
    assert read.hexdigest() == digest
    assert max(seen) - before < 40_000_000


@pytest.mark.real
async def test_a_store_that_dies_under_a_download(configure: Configure, url: str) -> None:
    """Before the first byte it is told; after it, the reader sees that the file is not whole."""
    async with servers.s3() as server, at_work(configure, url, server.url) as edge:
        file = await edge.rt.files.keep(OWNER, once(PDF + os.urandom(64 << 20)), name="a.pdf")
        async with edge.http.get(edge.path(file)) as answer:
            assert await answer.content.readexactly(100)
            await server.kill()
            with pytest.raises(aiohttp.ClientError):
                await asyncio.wait_for(answer.read(), 30)
        async with edge.http.get(edge.path(file)) as answer:
            assert (answer.status, answer.content_type) == (503, "application/problem+json")
    gc.collect()
