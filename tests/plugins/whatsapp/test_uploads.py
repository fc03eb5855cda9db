"""Files on their way to Meta: handed over once, reused, and handed over anew where Meta has lost them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes
from email.message import Message as Mail

import aiohttp
import psutil
import pytest
from aiohttp import web

from tests.plugins.whatsapp.accounts import NUMBER, TOKEN, account, target
from tests.plugins.whatsapp.bodies import saying
from tests.plugins.whatsapp.shelf import AWAY, GONE, Shelf
from xyper_engine.contract import Payload, Posted, Target
from xyper_engine.errors import (
    Ambiguous,
    AuthRefused,
    FarSideDown,
    Rejected,
    SendError,
    Throttled,
    XyperError,
)
from xyper_engine.model import Part, now
from xyper_engine.parts import Choices, Media, MediaKind, Option
from xyper_engine.runtime import Runtime
from xyper_engine.template import Parameter, Template, TemplateCard
from xyper_engine.testing import FarSide, Seen, bare_runtime
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings

MEDIA = "/v25.0/106540352242922/media"
MESSAGES = "/v25.0/106540352242922/messages"
TAKEN = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.new"}]}
PICTURE = Media(kind=MediaKind.image, mime="image/jpeg", file="file-1", caption="look")
OTHER = PICTURE.model_copy(update={"file": "file-2", "caption": None})
PAPER = Media(kind=MediaKind.document, mime="application/x-odd", file="file-3", name="a.odd")


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    async with FarSide() as server:
        server.answer("POST", MESSAGES, json=TAKEN)
        yield server


@pytest.fixture
def shelf() -> Shelf:
    held = Shelf()
    held.put("file-1", b"one", name="ä b.jpg")
    held.put("file-2", b"two")
    held.put("file-3", b"three", "application/x-odd", name="a.odd")
    return held


@pytest.fixture
async def rt(shelf: Shelf) -> AsyncIterator[Runtime]:
    async with aiohttp.ClientSession() as http:
        yield bare_runtime(http=http, files=shelf)


def channel(url: str, media_timeout: float = 10.0) -> WhatsApp:
    return WhatsApp(WhatsAppSettings(graph_url=url, media_timeout=media_timeout))


def payload(part: Part) -> Payload:
    (one,) = channel("http://x").render(saying(part), target())
    return one


async def post(far: FarSide, rt: Runtime, part: Part = PICTURE, media_timeout: float = 10.0) -> Posted:
    return await said(channel(far.url, media_timeout), payload(part), target(), rt)


async def said(adapter: WhatsApp, given: Payload, to: Target, rt: Runtime) -> Posted:
    """As the engine says it: files first."""
    return await adapter.post(await adapter.hand_over(given, to, rt), to, rt)


def fields(seen: Seen) -> dict[str, Mail]:
    """The parts of a multipart body, by their names."""
    mail = message_from_bytes(b"Content-Type: " + seen.headers["Content-Type"].encode() + b"\r\n\r\n" + seen.body)
    return {str(part.get_param("name", header="content-disposition")): part for part in mail.get_payload()}  # type: ignore[union-attr,misc]


def refused(code: int, words: str = "Something") -> dict[str, object]:
    return {"error": {"message": words, "code": code, "fbtrace_id": "AbC"}}


async def test_a_file_is_handed_over_before_its_message(far: FarSide, rt: Runtime, shelf: Shelf) -> None:
    far.answer("POST", MEDIA, json={"id": "4490"})
    assert await post(far, rt) == Posted("wamid.new")
    upload, message = far.requests
    assert (upload.path, upload.headers["Authorization"]) == (MEDIA, f"Bearer {TOKEN}")
    assert upload.headers["Content-Length"] == str(len(upload.body))
    sent = fields(upload)
    assert {name: part.get_payload(decode=True) for name, part in sent.items()} == {
        "messaging_product": b"whatsapp",
        "type": b"image/jpeg",
        "file": b"one",
    }
    assert sent["file"].get_content_type() == "image/jpeg"
    assert sent["file"].get_filename() == "%C3%A4%20b.jpg"
    assert message.json["image"] == {"id": "4490", "caption": "look"}
    assert timedelta(days=28) < shelf.expiries[0] - now() < timedelta(days=30)


async def test_metas_id_is_used_again(far: FarSide, rt: Runtime) -> None:
    far.answer("POST", MEDIA, json={"id": "4490"})
    for _ in range(2):
        await post(far, rt)
    assert [seen.path for seen in far.requests] == [MEDIA, MESSAGES, MESSAGES]
    assert far.requests[2].json["image"]["id"] == "4490"


async def test_a_card_of_choices(far: FarSide, rt: Runtime) -> None:
    """An option that is called like the file keeps its id."""
    far.answer("POST", MEDIA, json={"id": "4490"})
    await post(far, rt, Choices(body="Well?", options=(Option(id="file-1", title="Yes"),), media=PICTURE))
    shown = far.requests[-1].json["interactive"]
    assert shown["header"]["image"]["id"] == "4490"
    assert shown["action"]["buttons"][0]["reply"]["id"] == "file-1"


async def test_every_file_of_a_carousel_once(far: FarSide, rt: Runtime) -> None:
    far.answer("POST", MEDIA, json={"id": "4490"})
    far.answer("POST", MEDIA, json={"id": "4491"})
    cards = tuple(TemplateCard(header=(Parameter(media=one),)) for one in (PICTURE, OTHER, PICTURE))
    await post(far, rt, Template(name="t", language="en", cards=cards))
    assert [seen.path for seen in far.requests] == [MEDIA, MEDIA, MESSAGES]
    sent = far.requests[-1].json["template"]["components"][0]["cards"]
    assert [card["components"][0]["parameters"][0]["image"]["id"] for card in sent] == ["4490", "4491", "4490"]


ANSWERS: list[tuple[int, object, type[SendError]]] = [
    (500, None, FarSideDown),
    (500, refused(131000), FarSideDown),
    (502, refused(1), FarSideDown),
    (401, refused(190), AuthRefused),
    (400, refused(131053), Rejected),
    (400, refused(100), Rejected),
    (429, refused(130429), Throttled),
    (200, {}, FarSideDown),
    (200, {"id": ""}, FarSideDown),
    (200, {"id": 5}, FarSideDown),
    (200, None, FarSideDown),
]


@pytest.mark.parametrize(("status", "answer", "kind"), ANSWERS)
async def test_an_upload_that_fails_fails_for_certain(
    far: FarSide, rt: Runtime, shelf: Shelf, status: int, answer: object, kind: type[SendError]
) -> None:
    far.answer("POST", MEDIA, status, json=answer)
    with pytest.raises(SendError) as caught:
        await post(far, rt)
    assert (type(caught.value), caught.value.certain) == (kind, True)
    assert [seen.path for seen in far.requests] == [MEDIA]
    assert not shelf.uploads


async def test_meta_does_not_answer_an_upload(far: FarSide, rt: Runtime) -> None:
    far.answer("POST", MEDIA, delay=30)
    with pytest.raises(FarSideDown, match=r"within 0\.2 s"):
        await post(far, rt, media_timeout=0.2)


async def test_meta_breaks_an_upload_off(far: FarSide, rt: Runtime) -> None:
    far.answer("POST", MEDIA, abort=True)
    with pytest.raises(FarSideDown, match="broke during an upload") as caught:
        await post(far, rt)
    assert caught.value.certain


async def test_a_file_that_is_not_stored(far: FarSide, rt: Runtime) -> None:
    with pytest.raises(Rejected, match="no longer stored: There is no file file-9"):
        await post(far, rt, PICTURE.model_copy(update={"file": "file-9"}))


@pytest.mark.parametrize(("trouble", "kind"), [(GONE, Rejected), (AWAY, SendError)])
async def test_a_store_that_breaks_off(
    far: FarSide, rt: Runtime, shelf: Shelf, trouble: XyperError, kind: type[SendError]
) -> None:
    far.answer("POST", MEDIA, json={"id": "4490"})
    shelf.broken = trouble
    with pytest.raises(SendError, match=str(trouble)) as caught:
        await post(far, rt)
    assert (type(caught.value), caught.value.certain, caught.value.trips) == (kind, True, False)


async def test_a_database_that_is_away(far: FarSide, rt: Runtime, shelf: Shelf) -> None:
    shelf.trouble = AWAY
    with pytest.raises(SendError, match="database") as caught:
        await post(far, rt)
    assert caught.value.certain
    assert not far.requests


async def test_a_document_that_meta_does_not_take_goes_as_a_link(far: FarSide, rt: Runtime) -> None:
    far.answer("POST", MEDIA, 400, json=refused(100, "Param file must be a file with one of the following types"))
    assert await post(far, rt, PAPER) == Posted("wamid.new")
    assert far.requests[-1].json["document"] == {
        "link": "https://xyper.example.com/files/file-3/a.odd",
        "filename": "a.odd",
    }


LOST = [(131052, "Media download error"), (131053, "Media upload error"), (100, "Invalid parameter: media id 4490")]


@pytest.mark.parametrize(("code", "words"), LOST)
async def test_a_file_that_meta_has_lost_is_handed_over_anew(
    far: FarSide, rt: Runtime, shelf: Shelf, code: int, words: str
) -> None:
    file = await shelf.get("file-1")
    shelf.uploads[NUMBER, file.sha256, file.mime] = "4490"
    async with FarSide() as forgetful:
        forgetful.answer("POST", MESSAGES, 400, json=refused(code, words))
        forgetful.answer("POST", MESSAGES, json=TAKEN)
        forgetful.answer("POST", MEDIA, json={"id": "4491"})
        with pytest.raises(SendError, match="handed over again") as caught:
            await post(forgetful, rt)
        error = caught.value
        assert (error.retryable, error.certain, error.code, error.correlation) == (True, True, str(code), "AbC")
        assert await post(forgetful, rt) == Posted("wamid.new")
        assert forgetful.requests[-1].json["image"]["id"] == "4491"


@pytest.mark.parametrize(("code", "words"), LOST)
async def test_a_file_just_handed_over_is_refused_for_good(rt: Runtime, shelf: Shelf, code: int, words: str) -> None:
    async with FarSide() as far:
        far.answer("POST", MEDIA, json={"id": "4490"})
        far.answer("POST", MESSAGES, 400, json=refused(code, words))
        with pytest.raises(Rejected):
            await post(far, rt)
    assert not shelf.uploads


@pytest.mark.parametrize("code", [100, 131047])
async def test_a_refusal_for_another_reason_keeps_the_file(rt: Runtime, shelf: Shelf, code: int) -> None:
    async with FarSide() as far:
        far.answer("POST", MEDIA, json={"id": "4490"})
        far.answer("POST", MESSAGES, 400, json=refused(code))
        with pytest.raises(Rejected):
            await post(far, rt)
    assert list(shelf.known().values()) == ["4490"]


async def test_what_cannot_be_forgotten_now_is_tried_again(rt: Runtime, shelf: Shelf) -> None:
    async with FarSide() as far:
        far.answer("POST", MEDIA, json={"id": "4490"})
        far.answer("POST", MESSAGES, 400, json=refused(131053), delay=0.2)
        posting = asyncio.create_task(post(far, rt))
        await far.received(2)
        shelf.trouble = AWAY
        with pytest.raises(SendError, match="database") as caught:
            await posting
    assert (caught.value.retryable, caught.value.certain) == (True, True)


async def test_an_unclear_send_stays_unclear(rt: Runtime) -> None:
    async with FarSide() as far:
        far.answer("POST", MEDIA, json={"id": "4490"})
        far.answer("POST", MESSAGES, 500)
        with pytest.raises(Ambiguous):
            await post(far, rt)


MB = 1024 * 1024


@asynccontextmanager
async def drain(most: list[int]) -> AsyncIterator[str]:
    """A Meta that reads uploads as they come and notes their length and this process' memory."""

    async def upload(request: web.Request) -> web.Response:
        process, size = psutil.Process(), 0
        async for chunk in request.content.iter_chunked(MB):
            size += len(chunk)
            most[1] = max(most[1], process.memory_info().rss)
        most[0] = size
        return web.json_response({"id": "4490"})

    async def message(request: web.Request) -> web.Response:
        return web.json_response(TAKEN)

    app = web.Application()
    app.add_routes([web.post(MEDIA, upload), web.post(MESSAGES, message)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield "http://{}:{}".format(*runner.addresses[0][:2])
    finally:
        await runner.cleanup()


async def test_a_hundred_megabytes_pass_through_a_few(rt: Runtime, shelf: Shelf) -> None:
    shelf.put("file-3", b"x" * (256 * 1024), "application/x-odd", repeat=400)
    before, most = psutil.Process().memory_info().rss, [0, 0]
    async with drain(most) as url:
        assert await said(channel(url, 60), payload(PAPER), target(of=account()), rt) == Posted("wamid.new")
    assert most[0] > 100 * MB
    assert most[1] - before < 40 * MB
