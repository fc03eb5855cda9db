"""Files that customers sent: where they are fetched, what proves them, and where the token never goes."""

import base64
import hashlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import psutil
import pytest
from aiohttp import web

from tests.plugins.whatsapp.accounts import TOKEN, account
from xyper_engine.abilities import Download, FetchesMedia
from xyper_engine.errors import AuthRefused, FarSideDown, Rejected, SendError, Throttled
from xyper_engine.parts import Media, MediaKind, Source
from xyper_engine.runtime import Runtime
from xyper_engine.testing import FarSide, bare_runtime
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings

ASK = "/v25.0/4490"
FILE = "/whatsapp_business/attachments/"
BODY = b"\xff\xd8\xff a picture"
HEX = hashlib.sha256(BODY).hexdigest()
MB = 1024 * 1024


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    async with FarSide() as server:
        yield server


@pytest.fixture
async def rt() -> AsyncIterator[Runtime]:
    async with aiohttp.ClientSession() as http:
        yield bare_runtime(http=http)


def picture(media_id: str | None = "4490", url: str | None = None, **changes: Any) -> Media:
    source = Source(id=media_id, url=url)
    return Media(**{"kind": MediaKind.image, "mime": "image/jpeg", "source": source, **changes})


def told(url: str, **changes: object) -> Mapping[str, object]:
    item = {"url": url, "mime_type": "image/png", "sha256": HEX, "file_size": str(len(BODY)), "id": "4490"}
    return {key: value for key, value in {**item, **changes}.items() if value is not None}


def channel(url: str, **settings: Any) -> WhatsApp:
    return WhatsApp(WhatsAppSettings(graph_url=url, **settings))


async def fetched(url: str, rt: Runtime, media: Media | None = None, **settings: Any) -> tuple[Download, bytes]:
    async with channel(url, **settings).fetch(media or picture(), account(), rt) as download:
        return download, b"".join([chunk async for chunk in download.chunks])


def known(far: FarSide, **changes: object) -> None:
    """Meta knows the file and has it."""
    far.answer("GET", ASK, json=told(f"{far.url}{FILE}?mid=1&hash=a%2Fb", **changes))
    far.answer("GET", FILE, body=BODY, headers={"Content-Type": "image/webp"})


def test_the_engine_may_ask_it_for_files() -> None:
    assert isinstance(channel("http://x"), FetchesMedia)


async def test_a_file_is_fetched_with_the_token_from_where_meta_says(far: FarSide, rt: Runtime) -> None:
    known(far)
    download, body = await fetched(far.url, rt, picture(name="a.png"))
    assert body == BODY
    assert (download.mime, download.name, download.size, download.sha256) == ("image/png", "a.png", len(BODY), HEX)
    ask, get = far.requests
    assert (ask.path, ask.query) == (ASK, {"phone_number_id": "106540352242922"})
    assert (get.path, get.query) == (FILE, {"mid": "1", "hash": "a/b"})
    for seen in far.requests:
        assert seen.headers["Authorization"] == f"Bearer {TOKEN}"
    assert get.headers["User-Agent"] == "xyper/1"


@pytest.mark.parametrize(
    ("answered", "media", "expected"),
    [
        ({"sha256": base64.b64encode(bytes.fromhex(HEX)).decode()}, {}, HEX),
        ({"sha256": HEX.upper()}, {}, HEX),
        ({"sha256": None}, {"sha256": HEX}, HEX),
        ({"sha256": None}, {}, None),
        ({"sha256": "ä"}, {}, None),
        ({"sha256": "not base64"}, {}, None),
        ({"sha256": "YWJj"}, {}, None),
        ({"sha256": 5}, {}, None),
    ],
)
async def test_the_hash_in_either_encoding(
    far: FarSide, rt: Runtime, answered: dict[str, object], media: dict[str, str], expected: str | None
) -> None:
    known(far, **answered)
    download, _ = await fetched(far.url, rt, picture(**media))
    assert download.sha256 == expected


@pytest.mark.parametrize(("size", "expected"), [(7, 7), ("7", 7), ("seven", len(BODY)), (None, len(BODY))])
async def test_the_size_as_a_number_or_as_text(far: FarSide, rt: Runtime, size: object, expected: int) -> None:
    known(far, file_size=size)
    download, _ = await fetched(far.url, rt)
    assert download.size == expected


@pytest.mark.parametrize(
    ("answered", "mime", "expected"),
    [(None, "image/jpeg", "image/jpeg"), (None, "", "image/webp"), ("image/png", "image/jpeg", "image/png")],
)
async def test_the_type_as_meta_tells_it(
    far: FarSide, rt: Runtime, answered: str | None, mime: str, expected: str
) -> None:
    known(far, mime_type=answered)
    download, _ = await fetched(far.url, rt, picture(mime=mime))
    assert download.mime == expected


async def test_the_webhooks_own_address_spares_a_question(far: FarSide, rt: Runtime) -> None:
    known(far)
    _, body = await fetched(far.url, rt, picture(url=f"{far.url}{FILE}"))
    assert body == BODY
    assert [seen.path for seen in far.requests] == [FILE]


async def test_the_webhooks_address_has_expired(far: FarSide, rt: Runtime) -> None:
    known(far)
    far.answer("GET", "/old", 403)
    _, body = await fetched(far.url, rt, picture(url=f"{far.url}/old"))
    assert body == BODY
    assert [seen.path for seen in far.requests] == ["/old", ASK, FILE]


async def test_a_foreign_address_in_a_webhook_is_left_alone(far: FarSide, rt: Runtime) -> None:
    known(far)
    _, body = await fetched(far.url, rt, picture(url="https://evil.example/a"))
    assert body == BODY
    assert [seen.path for seen in far.requests] == [ASK, FILE]


async def test_an_address_that_is_not_found_is_asked_for_anew_once(far: FarSide, rt: Runtime) -> None:
    far.answer("GET", ASK, json=told(f"{far.url}/old"))
    known(far)
    far.answer("GET", "/old", 404)
    _, body = await fetched(far.url, rt)
    assert body == BODY
    assert [seen.path for seen in far.requests] == [ASK, "/old", ASK, FILE]


ANSWERS: dict[str, tuple[int, dict[str, str], type[SendError], int]] = {
    "gone": (404, {}, Rejected, 4),
    "gone for good": (410, {}, Rejected, 4),
    "not allowed": (401, {}, FarSideDown, 4),
    "forbidden": (403, {}, FarSideDown, 4),
    "a page": (200, {"Content-Type": "text/html; charset=utf-8"}, FarSideDown, 2),
    "down": (503, {}, FarSideDown, 2),
    "busy": (429, {"Retry-After": "7"}, Throttled, 2),
    "very busy": (429, {}, Throttled, 2),
    "no redirect": (304, {}, FarSideDown, 2),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_an_answer_that_is_not_the_file(far: FarSide, rt: Runtime, case: str) -> None:
    status, headers, kind, calls = ANSWERS[case]
    far.answer("GET", ASK, json=told(f"{far.url}{FILE}"))
    far.answer("GET", FILE, status, headers=headers)
    with pytest.raises(SendError) as caught:
        await fetched(far.url, rt)
    assert type(caught.value) is kind
    assert caught.value.after == (7.0 if "Retry-After" in headers else None)
    assert len(far.requests) == calls


async def test_a_page_that_a_customer_sent(far: FarSide, rt: Runtime) -> None:
    far.answer("GET", ASK, json=told(f"{far.url}{FILE}", mime_type="text/html"))
    far.answer("GET", FILE, body=b"<p>", headers={"Content-Type": "text/html"})
    _, body = await fetched(far.url, rt)
    assert body == b"<p>"


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (400, {"error": {"code": 100, "error_subcode": 33, "message": "Unsupported get request"}}, Rejected),
        (400, {"error": {"code": 131052, "message": "Media download error"}}, Rejected),
        (401, {"error": {"code": 190, "message": "Expired"}}, AuthRefused),
        (500, {"error": {"code": 131000, "message": "Trouble"}}, FarSideDown),
        (200, {"id": "4490"}, FarSideDown),
        (200, {"url": 5}, FarSideDown),
    ],
)
async def test_meta_names_no_address(
    far: FarSide, rt: Runtime, status: int, answer: object, kind: type[SendError]
) -> None:
    far.answer("GET", ASK, status, json=answer)
    with pytest.raises(SendError) as caught:
        await fetched(far.url, rt)
    assert type(caught.value) is kind


@pytest.mark.parametrize("media", [picture(None), picture(None, "https://evil.example/a"), picture(source=None)])
async def test_a_file_without_any_address_of_metas(far: FarSide, rt: Runtime, media: Media) -> None:
    with pytest.raises(Rejected, match="no longer has"):
        await fetched(far.url, rt, media)
    assert not far.requests


async def test_a_redirect_is_followed_with_the_token(far: FarSide, rt: Runtime) -> None:
    known(far)
    far.answer("GET", "/moved", 302, headers={"Location": FILE})
    _, body = await fetched(far.url, rt, picture(url=f"{far.url}/moved"))
    assert body == BODY
    assert far.requests[-1].headers["Authorization"] == f"Bearer {TOKEN}"


async def test_a_redirect_to_a_foreign_host_is_refused_and_the_token_stays_here(far: FarSide, rt: Runtime) -> None:
    async with FarSide() as foreign:
        foreign.answer("GET", FILE, body=BODY)
        far.answer("GET", "/moved", 302, headers={"Location": f"{foreign.url}{FILE}"})
        with pytest.raises(Rejected, match="media_hosts"):
            await fetched(far.url, rt, picture(url=f"{far.url}/moved"))
        assert not foreign.requests


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/a",
        "//evil.example/a",
        "http://lookaside.fbsbx.com/a",
        "https://fbsbx.com.evil.example/a",
        "https://evilfbsbx.com/a",
        "https://lookaside.fbsbx.com@evil.example/a",
        "https://evil.example#.fbsbx.com",
        "https://evil.example\\.fbsbx.com/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://[::1/a",
        "https:///a",
        "file:///etc/passwd",
        "ftp://lookaside.fbsbx.com/a",
        "/b c",
    ],
)
async def test_where_the_token_never_goes(far: FarSide, rt: Runtime, location: str) -> None:
    far.answer("GET", "/moved", 302, headers={"Location": location})
    with pytest.raises(Rejected, match="media_hosts"):
        await fetched(far.url, rt, picture(url=f"{far.url}/moved"))
    assert len(far.requests) == 1


async def test_a_host_of_the_list_is_asked_over_tls(far: FarSide, rt: Runtime) -> None:
    port = far.url.rpartition(":")[2]
    far.answer("GET", "/moved", 302, headers={"Location": f"https://localhost:{port}/a"})
    with pytest.raises(FarSideDown, match="SSL"):  # it speaks none, so it was asked
        await fetched(far.url, rt, picture(url=f"{far.url}/moved"), media_hosts=["local*"])


async def test_redirects_without_end(far: FarSide, rt: Runtime) -> None:
    far.answer("GET", "/moved", 302, headers={"Location": "/moved"})
    with pytest.raises(Rejected, match="more than 5 redirects"):
        await fetched(far.url, rt, picture(url=f"{far.url}/moved"))
    assert len(far.requests) == 5


async def test_nobody_answers(rt: Runtime) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(FarSideDown):
            await fetched(url, rt, picture(url=f"{url}{FILE}"))


async def test_meta_is_too_slow(far: FarSide, rt: Runtime) -> None:
    far.answer("GET", FILE, body=BODY, delay=30)
    with pytest.raises(FarSideDown, match="Timeout"):
        await fetched(far.url, rt, picture(url=f"{far.url}{FILE}"), timeout=0.2)


Serve = Callable[[web.StreamResponse], Awaitable[None]]


@asynccontextmanager
async def streaming(serve: Serve) -> AsyncIterator[str]:
    """A file server that says one file piece by piece, without telling its size before."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/pdf"})
        await response.prepare(request)
        await serve(response)
        return response

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield "http://{}:{}".format(*runner.addresses[0][:2])
    finally:
        await runner.cleanup()


def pieces(count: int) -> Serve:
    async def serve(response: web.StreamResponse) -> None:
        for _ in range(count):
            await response.write(b"x" * MB)

    return serve


async def passed(url: str, rt: Runtime) -> tuple[int, int]:
    """Bytes that came, and the most memory this process had meanwhile."""
    process, size, most = psutil.Process(), 0, 0
    async with channel(url).fetch(picture(None, f"{url}/a"), account(), rt) as download:
        async for chunk in download.chunks:
            size += len(chunk)
            most = max(most, process.memory_info().rss)
    return size, most


async def test_a_hundred_megabytes_pass_through_a_few(rt: Runtime) -> None:
    before = psutil.Process().memory_info().rss
    async with streaming(pieces(100)) as url:
        size, most = await passed(url, rt)
    assert size == 100 * MB
    assert most - before < 40 * MB


async def test_more_is_refused_on_the_way(rt: Runtime) -> None:
    async with streaming(pieces(101)) as url:
        with pytest.raises(Rejected, match="100 MB"):
            await passed(url, rt)


async def test_more_is_refused_before(far: FarSide, rt: Runtime) -> None:
    known(far, file_size=100 * MB + 1)
    with pytest.raises(Rejected, match="100 MB"):
        await fetched(far.url, rt)


async def test_a_download_that_breaks_off(rt: Runtime) -> None:
    async def serve(response: web.StreamResponse) -> None:
        await response.write(b"x")
        if response._req is not None and response._req.transport is not None:
            response._req.transport.abort()

    async with streaming(serve) as url:
        with pytest.raises(FarSideDown, match="broke off"):
            await passed(url, rt)
