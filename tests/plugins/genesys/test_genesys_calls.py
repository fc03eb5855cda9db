"""What Genesys' answers mean."""

import pytest

from tests.plugins.genesys.world import INTEGRATION, MESSAGES, RECEIPTS, THREAD, message, receipt, target, typing, world
from xyper_engine.abilities import Onboards, ReadsBack
from xyper_engine.contract import Adapter, Learned, Posted
from xyper_engine.errors import Ambiguous, FarSideDown, Misconfigured, Rejected, SendError, Throttled
from xyper_engine.model import Account, Endpoint, Status, Utterance
from xyper_genesys import xyper_adapters, xyper_settings
from xyper_genesys.settings import GenesysSettings

EVENTS = f"/api/v2/conversations/messages/{INTEGRATION}/inbound/open/event"


async def test_a_message_is_taken() -> None:
    async with world() as far:
        headers = {"inin-ratelimit-count": "12", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "33"}
        far.api.answer("POST", MESSAGES, json={"id": "m-1", "conversationId": THREAD}, headers=headers)
        posted = await far.say(message())
        learned = (Learned("genesys:lab:client-1", allowed=300, remaining=288, resets_in=33),)
        assert posted == Posted("m-1", thread=THREAD, learned=learned)
        (seen,) = far.api.requests
        assert (dict(seen.query), seen.headers["Content-Type"]) == (
            {"prefetchConversationId": "true"},
            "application/json",
        )
        assert (seen.json["text"], seen.headers["Authorization"]) == ("ciao", "Bearer token-1")


CALLS: dict[str, tuple[Utterance, str]] = {
    "receipt": (receipt(), RECEIPTS),
    "failure": (receipt(Status.failed), RECEIPTS),
    "typing": (typing(), EVENTS),
}


@pytest.mark.parametrize("case", CALLS)
async def test_a_receipt_and_typing_have_their_own_places(case: str) -> None:
    event, path = CALLS[case]
    async with world() as far:
        far.api.answer("POST", path, 202, json={"id": "r-1"})
        assert await far.say(event) == Posted("r-1")
        assert [(seen.path, dict(seen.query)) for seen in far.api.requests] == [(path, {})]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"id": 5}'])
async def test_taken_is_taken_whatever_the_answer_says(body: bytes) -> None:
    async with world() as far:
        far.api.answer("POST", MESSAGES, 202, body=body, headers={"inin-ratelimit-count": "many"})
        assert await far.say(message()) == Posted("")


async def test_more_calls_than_allowed_leave_none() -> None:
    async with world() as far:
        headers = {"inin-ratelimit-count": "301", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "1"}
        far.api.answer("POST", MESSAGES, json={"id": "m"}, headers=headers)
        assert [one.remaining for one in (await far.say(message())).learned] == [0]


FAILURES = {
    "UnknownMessage: no such message": [{"code": "UnknownMessage", "message": "no such message"}],
    "GeneralError: no reason given": [],
    "RateLimited: no reason given": [3, {"code": "RateLimited", "message": ""}],
}


@pytest.mark.parametrize("words", FAILURES)
async def test_taken_and_failed_all_the_same(words: str) -> None:
    async with world() as far:
        far.api.answer("POST", RECEIPTS, json={"id": "m", "status": "Failed", "reasons": FAILURES[words]})
        assert (await far.say(receipt(Status.delivered))).failed == words


async def test_our_own_word_repeated_is_no_failure() -> None:
    async with world() as far:
        far.api.answer("POST", RECEIPTS, json={"id": "m", "status": "Failed", "reasons": [{"code": "GeneralError"}]})
        assert (await far.say(receipt(Status.failed))).failed is None


async def test_failed_without_any_reasons() -> None:
    async with world() as far:
        far.api.answer("POST", MESSAGES, json={"id": "m", "status": "Failed"})
        assert (await far.say(message())).failed == "GeneralError: no reason given"


LIMIT = "Rate limit exceeded the maximum. Retry the request in [42] seconds"
PERMISSION = "You must have the following permission(s): [conversation:message:receive]"

TROUBLE: dict[str, tuple[int, str, dict[str, str], type[SendError], float | None]] = {
    "bad request": (400, "bad.request", {}, Rejected, None),
    "too large": (413, "too large", {}, Rejected, None),
    "no permission": (403, PERMISSION, {}, Misconfigured, None),
    "no such integration": (404, "not found", {}, Misconfigured, None),
    "too many, by header": (429, LIMIT, {"Retry-After": "7"}, Throttled, 7.0),
    "too many, by words": (429, LIMIT, {}, Throttled, 42.0),
    "too many, no word": (429, "slow down", {"Retry-After": "Sun, 22 Nov 2026 10:00:00 GMT"}, Throttled, None),
    "maintenance": (503, "", {"Retry-After": "30"}, FarSideDown, 30.0),
    "timeout": (408, "", {}, Ambiguous, None),
    "error": (500, "", {}, Ambiguous, None),
    "bad gateway": (502, "", {}, Ambiguous, None),
    "gateway timeout": (504, "", {}, Ambiguous, None),
}


@pytest.mark.parametrize("case", TROUBLE)
async def test_trouble(case: str) -> None:
    status, words, headers, error, after = TROUBLE[case]
    async with world() as far:
        far.api.answer(
            "POST", MESSAGES, status, json={"message": words, "code": "a.code", "contextId": "c-1"}, headers=headers
        )
        with pytest.raises(error, match=f"answered {status} to the message") as caught:
            await far.say(message())
        assert (caught.value.after, caught.value.code, caught.value.correlation) == (after, "a.code", "c-1")
        assert words in str(caught.value)
        assert len(far.api.requests) == 1
    if isinstance(caught.value, Throttled):
        assert caught.value.bucket == "genesys:lab:client-1"


async def test_trouble_without_a_body() -> None:
    async with world() as far:
        far.api.answer("POST", MESSAGES, 400, headers={"ININ-Correlation-Id": "c-2"})
        with pytest.raises(Rejected, match="no reason given") as caught:
            await far.say(message())
        assert (caught.value.code, caught.value.correlation) == ("400", "c-2")


async def test_a_receipt_for_an_unknown_message_concerns_that_message_only() -> None:
    async with world() as far:
        far.api.answer("POST", RECEIPTS, 404, json={"message": "message not found"})
        with pytest.raises(Rejected):
            await far.say(receipt())


async def test_a_reset_connection_leaves_its_fate_open_and_is_not_repeated() -> None:
    async with world() as far:
        far.api.answer("POST", MESSAGES, abort=True)
        with pytest.raises(Ambiguous):
            await far.say(message())
        assert len(far.api.requests) == 1


async def test_a_timeout_leaves_its_fate_open() -> None:
    async with world(timeout=0.2) as far:
        far.api.answer("POST", MESSAGES, delay=30)
        with pytest.raises(Ambiguous, match="TimeoutError"):
            await far.say(message())


async def test_a_closed_port_has_taken_nothing() -> None:
    async with world() as far:
        await far.api.__aexit__()
        with pytest.raises(FarSideDown, match=r"127\.0\.0\.1 cannot be reached") as caught:
            await far.say(message())
        assert caught.value.certain


async def test_an_account_cannot_climb_out_of_its_path() -> None:
    endpoint = Endpoint(adapter="genesys", account="../../users?x=#y")
    async with world() as far:
        (payload,) = far.adapter.render(message(), far.to)
        to = target()
        odd = type(to)(
            Account(tenant="a", endpoint=endpoint, config=to.account.config, secrets=to.account.secrets), to.peer
        )
        with pytest.raises(Misconfigured):
            await far.adapter.post(payload, odd, far.rt)
        (seen,) = far.api.requests
        assert seen.path == "/api/v2/conversations/messages/../../users?x=#y/inbound/open/message"
        assert dict(seen.query) == {"prefetchConversationId": "true"}


def test_the_plugin_hands_over_one_adapter_with_every_ability() -> None:
    settings = xyper_settings()()
    (adapter,) = xyper_adapters(settings)
    whole: Adapter = adapter
    assert isinstance(whole, ReadsBack)
    assert isinstance(whole, Onboards)
    assert (whole.name, whole.speaks, settings) == ("genesys", "outbound", GenesysSettings())
    assert (whole.limits.text, whole.limits.typing, whole.limits.order_wait) == (4000, True, 0.0)
    assert whole.limits.receipts == {"delivered", "read", "played", "failed"}
