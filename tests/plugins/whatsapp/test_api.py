"""Calls to Meta: what is sent, and what each answer means."""

import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.plugins.whatsapp.accounts import TOKEN, account, message, receipt, stranger, target, typing
from xyper_engine.contract import Payload, Posted, Target
from xyper_engine.errors import (
    Ambiguous,
    AuthRefused,
    FarSideDown,
    Misconfigured,
    Rejected,
    SendError,
    Throttled,
)
from xyper_engine.model import Receipt, Typing, Utterance
from xyper_engine.runtime import Runtime
from xyper_engine.testing import FarSide, bare_runtime
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings

MESSAGES = "/v25.0/106540352242922/messages"
TAKEN = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+16505551234", "wa_id": "16505551234"}],
    "messages": [{"id": "wamid.new"}],
}


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    async with FarSide() as server:
        yield server


@pytest.fixture
async def rt() -> AsyncIterator[Runtime]:
    async with aiohttp.ClientSession() as http:
        yield bare_runtime(http=http)


def channel(far: FarSide, timeout: float = 10.0) -> WhatsApp:
    return WhatsApp(WhatsAppSettings(graph_url=far.url, timeout=timeout, mark_read="published"))


def payload(event: Utterance, to: Target) -> Payload:
    (one,) = WhatsApp(WhatsAppSettings(mark_read="published")).render(event, to)
    return one


async def post(far: FarSide, rt: Runtime, event: Utterance | None = None, timeout: float = 10.0) -> Posted:
    return await channel(far, timeout).post(payload(event or message("hello"), target()), target(), rt)


def refused(code: object, **more: object) -> dict[str, object]:
    error = {"message": f"(#{code}) Something", "type": "OAuthException", "code": code, "fbtrace_id": "AbC", **more}
    return {"error": error}


async def test_a_message_is_posted_with_the_token_and_gets_an_id(far: FarSide, rt: Runtime) -> None:
    far.answer("POST", MESSAGES, json=TAKEN)
    assert await post(far, rt) == Posted("wamid.new")
    (seen,) = far.requests
    assert seen.headers["Authorization"] == f"Bearer {TOKEN}"
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.json == payload(message("hello"), target()).body


@pytest.mark.parametrize("event", [receipt(), typing()])
async def test_marks_have_no_id(far: FarSide, rt: Runtime, event: Receipt | Typing) -> None:
    far.answer("POST", MESSAGES, json={"success": True})
    assert await post(far, rt, event) == Posted("")


ANSWERS: list[tuple[int, object, type[SendError]]] = [
    (400, 1, FarSideDown),
    (503, 2, FarSideDown),
    (500, 131000, FarSideDown),
    (500, 131016, FarSideDown),
    (500, 131057, FarSideDown),
    (400, 4, Throttled),
    (400, 80007, Throttled),
    (400, 130429, Throttled),
    (400, 131048, Throttled),
    (400, 131056, Throttled),
    (401, 0, AuthRefused),
    (401, 190, AuthRefused),
    (403, 10, Misconfigured),
    (403, 200, Misconfigured),
    (403, 299, Misconfigured),
    (403, 368, Misconfigured),
    (403, 131031, Misconfigured),
    (400, 131042, Misconfigured),
    (500, 131045, Misconfigured),
    (400, 133010, Misconfigured),
    (400, 100, Rejected),
    (400, 131026, Rejected),
    (400, 131047, Rejected),
    (400, 131049, Rejected),
    (400, 131250, Rejected),
    (404, 132001, Rejected),
    (400, 132015, Rejected),
    (400, 138038, Rejected),
    (400, 2388001, Rejected),
    (400, 999999, Rejected),
    (400, None, Rejected),
    (400, "131047", Rejected),
    (400, True, Rejected),
    (429, 999999, Throttled),
    (500, 999999, FarSideDown),
]


@pytest.mark.parametrize(("status", "code", "kind"), ANSWERS)
async def test_an_error_code(far: FarSide, rt: Runtime, status: int, code: object, kind: type[SendError]) -> None:
    far.answer("POST", MESSAGES, status, json=refused(code))
    with pytest.raises(SendError) as caught:
        await post(far, rt)
    error = caught.value
    assert type(error) is kind
    assert error.certain
    assert error.correlation == "AbC"
    assert error.code == (str(code) if type(code) is int else "")


async def test_100_with_subcode_33_is_a_wrong_number_not_a_wrong_message(far: FarSide, rt: Runtime) -> None:
    far.answer("POST", MESSAGES, 400, json=refused(100, error_subcode=33))
    with pytest.raises(Misconfigured, match="phone_number_id"):
        await post(far, rt)


async def test_an_error_says_in_words_what_to_do_and_nothing_personal(far: FarSide, rt: Runtime) -> None:
    said = f"Malformed access token {TOKEN} of +16505551234 in wamid.HBgLMTY="
    far.answer("POST", MESSAGES, 401, json=refused(190, message=said, error_data={"details": "Why"}))
    with pytest.raises(Misconfigured) as caught:
        await post(far, rt)
    assert str(caught.value) == (
        "The access token is invalid or expired: store a new system user's token. "
        "Meta says: Malformed access token … of +… in … Why"
    )


@pytest.mark.parametrize(
    ("code", "headers", "bucket", "after"),
    [
        (130429, {}, -1, None),
        (131056, {}, 0, None),
        (131056, {"Retry-After": "16"}, 0, 16.0),
        (80007, {"Retry-After": "7"}, -1, 7.0),
        (80007, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, -1, None),
        (4, {"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":5},{"type":"x"}]}'}, -1, 300.0),
        (4, {"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":0}]}'}, -1, None),
        (4, {"x-business-use-case-usage": '{"1":[5],"2":6}'}, -1, None),
        (4, {"x-business-use-case-usage": "[]"}, -1, None),
        (4, {"x-business-use-case-usage": "busy"}, -1, None),
    ],
)
async def test_a_limit_names_its_bucket_and_its_end(
    far: FarSide, rt: Runtime, code: int, headers: dict[str, str], bucket: int, after: float | None
) -> None:
    far.answer("POST", MESSAGES, 400, json=refused(code), headers=headers)
    with pytest.raises(Throttled) as caught:
        await post(far, rt)
    rates = payload(message("hello"), target()).rates
    assert (caught.value.bucket, caught.value.after) == (rates[bucket].bucket, after)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, b"", Ambiguous),
        (502, b"<html>Bad gateway</html>", Ambiguous),
        (503, b'{"error":"busy"}', Ambiguous),
        (200, b"", Ambiguous),
        (200, b'{"messages":[]}', Ambiguous),
        (200, b'{"messages":[5]}', Ambiguous),
        (200, b'{"messages":[{"id":5}]}', Ambiguous),
        (200, b"[]", Ambiguous),
        (429, b"slow down", Throttled),
        (404, b"<html>Not found</html>", FarSideDown),
        (407, b"", FarSideDown),
        (302, b"", FarSideDown),
    ],
)
async def test_an_answer_that_is_not_metas(
    far: FarSide, rt: Runtime, status: int, body: bytes, kind: type[SendError]
) -> None:
    far.answer("POST", MESSAGES, status, body=body, headers={"Location": f"{far.url}/elsewhere"})
    with pytest.raises(SendError) as caught:
        await post(far, rt)
    assert type(caught.value) is kind
    assert len(far.requests) == 1, "a redirect would carry the token elsewhere"


async def test_a_connection_that_breaks_after_the_request_left_is_ambiguous(far: FarSide, rt: Runtime) -> None:
    far.answer("POST", MESSAGES, abort=True)
    with pytest.raises(Ambiguous):
        await post(far, rt)
    assert len(far.requests) == 1, "it must not be sent again by itself"


async def test_no_answer_in_time_is_ambiguous(far: FarSide, rt: Runtime) -> None:
    far.answer("POST", MESSAGES, delay=30)
    with pytest.raises(Ambiguous, match="did not answer within"):
        await post(far, rt, timeout=0.2)
    assert len(far.requests) == 1


async def test_nobody_there_is_certain(rt: Runtime) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        away = WhatsApp(WhatsAppSettings(graph_url=f"http://127.0.0.1:{unused.getsockname()[1]}"))
        with pytest.raises(FarSideDown, match="cannot be reached"):
            await away.post(payload(message("a"), target()), target(), rt)


async def test_a_missing_token_is_never_posted(far: FarSide, rt: Runtime) -> None:
    with pytest.raises(Misconfigured, match="has no access_token"):
        await channel(far).post(payload(message("a"), target()), stranger(account(token=None)), rt)
    assert far.requests == []


async def test_a_number_cannot_leave_its_place_in_the_path(far: FarSide, rt: Runtime) -> None:
    to = stranger(account(number="../me?x="))
    with pytest.raises(FarSideDown):
        await channel(far).post(payload(message("a"), to), to, rt)
    assert far.requests[0].query == {}
