"""The certificate at our public address, read by a real handshake."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.mailbox import certificate
from xyper_engine.certificate import Certificate
from xyper_engine.model import now


@asynccontextmanager
async def served(context: ssl.SSLContext) -> AsyncIterator[str]:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/xyper"
    finally:
        server.close()


async def test_when_it_ends_and_who_vouches_for_it(tmp_path: Path) -> None:
    context, file = certificate(tmp_path, days=12)
    async with served(context) as url:
        seen = Certificate(url, ssl.create_default_context(cafile=file))
        await seen.look()
    assert seen.view
    assert seen.view.expires_at
    assert (seen.view.host, seen.view.issuer, seen.view.fault) == ("127.0.0.1", "me", "")
    assert abs(seen.view.expires_at - now() - timedelta(days=12)) < timedelta(minutes=1)


@pytest.mark.parametrize("days", [90.0, -1.0])
async def test_one_that_does_not_hold_is_told_with_its_end(tmp_path: Path, days: float) -> None:
    context, file = certificate(tmp_path, days=days)
    async with served(context) as url:
        seen = Certificate(url, ssl.create_default_context(cafile=file if days < 0 else None))
        await seen.look()
    assert seen.view
    assert seen.view.expires_at
    assert ("expired" if days < 0 else "self-signed") in seen.view.fault


async def test_nobody_there_and_no_tls(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path)
    async with served(context) as url:
        pass
    gone, plain = Certificate(url), Certificate("http://127.0.0.1:1/")
    await gone.look()
    await plain.look()
    assert gone.view
    assert (gone.view.expires_at, "Nobody answers" in gone.view.fault, plain.view) == (None, True, None)
