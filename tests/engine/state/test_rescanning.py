"""Files from before the scanner: each gets its verdict once, and an infected one is gone under every link."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.conftest import Configure
from tests.engine.media.clamd import MALWARE, MOST, NAME, Clamd
from tests.engine.store.databases import fresh
from xyper_engine.cli.parts import NoBroker
from xyper_engine.errors import NotFound, Unavailable
from xyper_engine.media.scan import Scanner, open_scanner
from xyper_engine.media.stream import once
from xyper_engine.parts import MediaKind
from xyper_engine.routing.rescanner import LOCK, rescan, rescanning
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.state.files import Files, Owner, StoredFile
from xyper_engine.state.media_map import MediaMap
from xyper_engine.state.rescanning import Rescan, Verdict
from xyper_engine.store.embedded import Server
from xyper_engine.store.lock import locked

pytestmark = pytest.mark.real

OWNER = Owner("acme", "whatsapp/1/wamid.1", 0, "tel:+16505551234", MediaKind.document)
FAR = datetime(9999, 1, 1, tzinfo=UTC)


@pytest.fixture
async def rt(configure: Configure, embedded_server: Server) -> AsyncIterator[Runtime]:
    """Before there was a scanner."""
    async with open_runtime(configure({"database": {"url": await fresh(embedded_server)}}), given=NoBroker()) as rt:
        for tenant in ("acme", "other"):
            await rt.db.execute("insert into tenants (id, name) values ($1, $1)", tenant)
        yield rt


async def kept(rt: Runtime, n: int, body: bytes, tenant: str = "acme") -> StoredFile:
    owner = replace(OWNER, tenant=tenant, event_key=f"whatsapp/{tenant}/wamid.{n}")
    return await rt.files.keep(owner, once(body), name=f"{n}.txt")


async def looked(rt: Runtime, scanner: Scanner, tenant: str | None = None) -> set[Verdict]:
    return {verdict async for verdict in Rescan(rt.db, rt.media, scanner).walk(tenant)}


def scanner_at(configure: Configure, clamd: Clamd) -> Scanner:
    scanner = open_scanner(configure({"media": {"clamd": clamd.url}}))
    assert scanner is not None
    return scanner


async def served(files: Files, file: StoredFile) -> bytes:
    return b"".join([chunk async for chunk in files.open(file.id)])


async def test_what_was_stored_before_there_was_a_scanner(rt: Runtime, configure: Configure) -> None:
    clean, bad, again = [await kept(rt, n, body) for n, body in enumerate((b"harmless", MALWARE, MALWARE))]
    foreign = await kept(rt, 3, MALWARE, "other")
    assert again.object == bad.object
    async with Clamd() as clamd:
        scanner = scanner_at(configure, clamd)
        found = await looked(rt, scanner, "acme")
        assert {(one.tenant, one.said, one.detail) for one in found} == {
            ("acme", "clean", ""), ("acme", "infected", NAME),
        }  # fmt: skip
        assert (await rt.files.get(foreign.id)).state == "stored"
        assert {(one.file, one.said) for one in await looked(rt, scanner)} == {(foreign.id, "infected")}
        assert await looked(rt, scanner) == set(), "nothing is scanned twice"
    assert await served(rt.files, clean) == b"harmless"
    days = 365
    told = await MediaMap(rt.db).one("acme", clean.id, days)
    assert (told.scan, told.state) == ("clean", "stored")
    for file in (bad, again, foreign):
        mapped = await MediaMap(rt.db).one(file.tenant, file.id, days)
        assert (mapped.scan, mapped.state, mapped.detail) == ("infected", "infected", NAME)
        with pytest.raises(NotFound, match="infected"):
            await served(rt.files, file)
    left = [key async for key in rt.media.keys(before=FAR)]
    assert len(left) == 3
    assert sum("/quarantine/" in key for key in left) == 2


async def test_what_cannot_be_scanned_holds_up_no_other(rt: Runtime, configure: Configure) -> None:
    large, lost, small = [await kept(rt, n, body) for n, body in enumerate((b"x" * (MOST + 1), b"lost", b"small"))]
    assert lost.object is not None
    await rt.media.delete(lost.object)
    async with Clamd() as clamd:
        found = {one.file: one for one in await looked(rt, scanner_at(configure, clamd))}
    assert {one: found[one.id].said for one in (large, lost, small)} == {large: "none", lost: "none", small: "clean"}
    assert "StreamMaxLength" in found[large.id].detail
    assert "not in the media store" in found[lost.id].detail
    assert (await rt.files.get(large.id)).scan == "unscanned"


async def test_a_scanner_that_is_away_has_no_verdicts(rt: Runtime, configure: Configure) -> None:
    await kept(rt, 0, b"harmless")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await looked(rt, scanner_at(configure, Clamd()))


async def test_one_engine_does_it(rt: Runtime, configure: Configure) -> None:
    bad = await kept(rt, 0, MALWARE)
    async with Clamd() as clamd:
        scanner = scanner_at(configure, clamd)
        async with locked(rt.db, LOCK):
            assert await rescan(rt, scanner) == 0
        assert await rescan(rt, scanner) == 1
    assert (await rt.files.get(bad.id)).state == "infected"


async def test_an_engine_does_it_by_itself(rt: Runtime, configure: Configure) -> None:
    """Once a scanner is switched on."""
    bad = await kept(rt, 0, MALWARE)
    async with Clamd() as clamd, AsyncExitStack() as stack:
        settings = rt.settings.model_copy(update={"media": rt.settings.media.model_copy(update={"clamd": clamd.url})})
        later = await stack.enter_async_context(open_runtime(settings, given=NoBroker()))
        await stack.enter_async_context(rescanning(later, 0.0))
        async with asyncio.timeout(20):
            while (await later.files.get(bad.id)).state != "infected":  # noqa: ASYNC110  told by the database
                await asyncio.sleep(0.02)
