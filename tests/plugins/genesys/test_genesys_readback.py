"""Was an earlier try taken? Genesys is asked before anything is said twice."""

from typing import Any

import pytest

from tests.plugins.genesys.world import THREAD, World, message, receipt, target, typing, world
from xyper_engine.contract import Payload, Posted
from xyper_engine.errors import Ambiguous, Misconfigured, NotYetKnown, SendError, Throttled
from xyper_engine.model import Status, Utterance
from xyper_engine.parts import Choice, Media, MediaKind

CONVERSATION = f"/api/v2/conversations/messages/{THREAD}"
BULK = f"{CONVERSATION}/messages/bulk"
DETAILS = "/api/v2/conversations/messages/d7d5/details"


def listed(*ids: str, state: str = "connected") -> dict[str, Any]:
    """A conversation whose customer wrote messages of these ids, a minute apart; the agent's line repeats the last."""
    wrote = [{"messageId": one, "messageTime": f"2026-11-22T10:{n:02}:00.000Z"} for n, one in enumerate(ids)]
    customer = {"purpose": "customer", "state": state, "messages": wrote}
    return {
        "id": THREAD,
        "participants": [customer, {"purpose": "agent", "state": "connected", "messages": wrote[-1:]}],
    }


def entity(found: str, external_id: str) -> dict[str, Any]:
    return {"id": found, "normalizedMessage": {"channel": {"messageId": external_id}, "text": "ciao"}}


async def find(far: World, event: Utterance, thread: str | None = THREAD) -> Posted | None:
    (payload,) = far.adapter.render(event, far.to)
    return await far.adapter.find(payload, event, target(thread), far.rt)


async def test_it_was_taken() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed("m-1", "m-2"))
        far.api.answer("POST", BULK, json={"entities": [entity("m-2", "wamid.A"), entity("m-1", "wamid.0")]})
        assert await find(far, message()) == Posted("m-2", thread=THREAD)
        asked = far.api.requests[1]
        assert (asked.json, dict(asked.query)) == (["m-2", "m-1"], {"useNormalizedMessage": "true"})


async def test_the_providers_id_names_it_as_well() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed("m-1"))
        far.api.answer("POST", BULK, json={"entities": [{"id": "m-1", "providerMessageId": "wamid.A"}]})
        assert await find(far, message()) == Posted("m-1", thread=THREAD)


async def test_it_was_not_taken() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed("m-1"))
        far.api.answer("POST", BULK, json={"entities": [entity("m-1", "wamid.0"), {"id": "m-3"}, 3]})
        assert await find(far, message()) is None


async def test_an_empty_conversation_took_nothing() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed())
        assert await find(far, message()) is None
        assert len(far.api.requests) == 1


async def test_only_the_newest_hundred_are_looked_at() -> None:
    many = listed()
    many["participants"][0]["messages"] = [
        {"messageId": f"m-{n}", "messageTime": f"2026-11-22T{n // 60:02}:{n % 60:02}:00Z"} for n in range(150)
    ]
    many["participants"][1]["messages"] = [{"messageId": "timeless"}, {"messageTime": "2026-11-22T10:00:00Z"}]
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=many)
        far.api.answer("POST", BULK, json={"entities": []})
        assert await find(far, message()) is None
        assert far.api.requests[1].json == ["timeless", *(f"m-{n}" for n in range(149, 50, -1))]


async def test_without_a_conversation_nobody_can_be_asked() -> None:
    async with world() as far:
        with pytest.raises(NotYetKnown):
            await find(far, message(), thread=None)
        assert far.api.requests == []


@pytest.mark.parametrize("state", ["disconnected", "terminated"])
async def test_after_its_end_it_may_be_in_another_conversation(state: str) -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed("m-1", state=state))
        far.api.answer("POST", BULK, json={"entities": [entity("m-1", "wamid.0")]})
        with pytest.raises(NotYetKnown, match="ended"):
            await find(far, message())


async def test_it_is_found_also_where_the_conversation_has_ended() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed("m-1", state="disconnected"))
        far.api.answer("POST", BULK, json={"entities": [entity("m-1", "wamid.A")]})
        assert await find(far, message()) == Posted("m-1", thread=THREAD)


async def test_a_part_of_a_message_has_an_id_of_its_own() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed("m-1", "m-2"))
        far.api.answer("POST", BULK, json={"entities": [entity("m-1", "wamid.A"), entity("m-2", "wamid.A.1")]})
        second = Payload("message", {"channel": {"messageId": "wamid.A.1"}})
        assert await far.adapter.find(second, message(), target(), far.rt) == Posted("m-2", thread=THREAD)


async def test_a_file_is_known_by_its_id_as_well() -> None:
    photo = Media(kind=MediaKind.image, mime="image/jpeg", link="https://xyper.example/files/1")
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed("m-1"))
        far.api.answer("POST", BULK, json={"entities": [entity("m-1", "wamid.A")]})
        assert await find(far, message(parts=(photo,))) == Posted("m-1", thread=THREAD)


@pytest.mark.parametrize("taken", [True, False])
async def test_an_answer_is_looked_for_whether_it_was_taken_as_such_or_in_words(taken: bool) -> None:
    choice = Choice(id="b", title="Blue", about="m-0")
    structured = {"id": "m-1", "normalizedMessage": {"channel": {"messageId": "wamid.A"}, "type": "Structured"}}
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed("m-0", "m-1"))
        far.api.answer("POST", BULK, json={"entities": [structured] if taken else []})
        found = await find(far, message(parts=(choice,)))
        assert found == (Posted("m-1", thread=THREAD) if taken else None)


STATUSES = {Status.delivered: True, Status.failed: False}


@pytest.mark.parametrize(("status", "taken"), STATUSES.items())
async def test_a_receipt(status: Status, taken: bool) -> None:
    async with world() as far:
        far.api.answer("GET", DETAILS, json={"id": "d7d5", "normalizedReceipts": [{"status": "Delivered"}, {}]})
        assert await find(far, receipt(status)) == (Posted("d7d5") if taken else None)


async def test_typing_is_not_worth_a_question() -> None:
    async with world() as far:
        assert await find(far, typing()) is None
        assert far.api.requests == []


REFUSED: dict[int, type[SendError]] = {
    400: NotYetKnown,
    404: NotYetKnown,
    403: Misconfigured,
    429: Throttled,
    500: Ambiguous,
}


@pytest.mark.parametrize(("status", "error"), REFUSED.items())
async def test_a_refused_question_proves_nothing(status: int, error: type[SendError]) -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, status, json={"message": "in words"})
        with pytest.raises(error, match="read back: in words"):
            await find(far, message())


async def test_the_missing_permission_is_named() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, 403)
        with pytest.raises(Misconfigured, match="conversation:message:view"):
            await find(far, message())


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>"])
async def test_an_unreadable_answer_proves_nothing(body: bytes) -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, body=body)
        with pytest.raises(NotYetKnown, match="unreadable"):
            await find(far, message())


async def test_an_unreadable_listing_proves_nothing() -> None:
    async with world() as far:
        far.api.answer("GET", CONVERSATION, json=listed("m-1"))
        far.api.answer("POST", BULK, body=b"")
        with pytest.raises(NotYetKnown):
            await find(far, message())
