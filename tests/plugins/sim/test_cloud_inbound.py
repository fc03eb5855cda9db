"""What the middleware may post to the simulated Genesys Cloud, and what becomes of it."""

import asyncio
import re
from typing import Any

import aiohttp
import pytest

from tests.plugins.sim.cloud_world import (
    CUSTOMER,
    EVENT,
    INTEGRATION,
    MESSAGE,
    RECEIPT,
    TIME,
    inbound,
    receipt,
    told,
    world,
)


async def test_a_message_is_echoed_with_genesys_own_id() -> None:
    async with world() as here:
        answer = await here.post(f"{MESSAGE}?prefetchConversationId=true", inbound("Grüße 😀"))
        assert answer.status == 200
        body = told("OpenMessageNormalizedMessage", answer.body)
        assert re.fullmatch("[0-9a-f]{32}", body["id"])
        assert body["text"] == "Grüße 😀"
        assert body["channel"]["id"] == INTEGRATION
        assert body["channel"]["messageId"] == "wamid.1"
        assert body["channel"]["from"]["id"] == CUSTOMER
        assert (body["channel"]["platform"], body["channel"]["type"], body["type"]) == ("Open", "Private", "Text")
        assert body["conversationId"] in here.sim.cloud.conversations


async def test_the_conversation_is_named_only_on_demand() -> None:
    async with world() as here:
        assert "conversationId" not in (await here.post(MESSAGE, inbound())).body


FAULTS: list[tuple[str, str, dict[str, Any], str]] = [
    ("nested metadata", MESSAGE, inbound(metadata={"k": {"nested": 1}}), "metadata must be a map of strings"),
    ("unknown field", MESSAGE, inbound(subject="x"), "subject is not a field"),
    ("no words", MESSAGE, {**inbound(), "text": ""}, "text or content is required"),
    ("no channel", MESSAGE, {"text": "ciao"}, "channel.from.id is required"),
    ("number as text", MESSAGE, inbound(text=7), "text must be of type str"),  # type: ignore[arg-type]
    ("half an attachment", MESSAGE, inbound(content=[{"attachment": {"url": "https://x/1"}}]), "mime is required"),
    ("a location", MESSAGE, inbound(content=[{"location": {}}]), "content[0].attachment.url is required"),
    ("another event", EVENT, {"channel": inbound()["channel"], "events": [{"eventType": "Join"}]}, "eventType"),
    ("no events", EVENT, {"channel": inbound()["channel"]}, "events is required"),
    ("read", RECEIPT, receipt("x", "Read"), "status: 'Read' is not one of"),
    ("sent", RECEIPT, receipt("x", "Sent"), "status: Sent is not one of Delivered, Failed"),
    ("no recipient", RECEIPT, {**receipt("x"), "channel": {"time": TIME}}, "channel.to.id is required"),
    ("reason", RECEIPT, receipt("x", "Failed", reasons=[{"code": "Nope", "message": "m"}]), "reasons[0].code"),
    (
        "no zone",
        EVENT,
        {"channel": {**inbound()["channel"], "time": "2026-11-22T10:00:00"}, "events": [{}]},
        "ISO-8601",
    ),
]


@pytest.mark.parametrize(("path", "body", "words"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
async def test_what_is_refused_and_why(path: str, body: dict[str, Any], words: str) -> None:
    channel = {name: value for name, value in body.get("channel", {}).items() if path == MESSAGE or name != "messageId"}
    async with world() as here:
        answer = await here.post(path, {**body, **({"channel": channel} if channel else {})})
        assert (answer.status, answer.body["code"]) == (400, "bad.request")
        assert words in answer.body["message"]
        assert await here.control("GET", "cloud/received") == []
        told("ErrorBody", answer.body)


async def test_without_checks_only_what_is_required_counts() -> None:
    async with world(validate=False) as here:
        assert (await here.post(MESSAGE, inbound(subject="x"))).status == 200
        assert (await here.post(MESSAGE, {"text": "ciao"})).status == 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (MESSAGE, []),
        (MESSAGE, "text"),
        (MESSAGE, {"channel": "x", "text": "ciao"}),
        (MESSAGE, {**inbound(), "channel": {**inbound()["channel"], "metadata": "x"}}),
        (MESSAGE, {**inbound(), "channel": {**inbound()["channel"], "metadata": {"customAttributes": {"a": 1}}}}),
        (RECEIPT, {**receipt("x"), "status": 1}),
        (RECEIPT, receipt("x", "Failed", reasons=["why"])),
        (EVENT, {}),
    ],
)
@pytest.mark.parametrize("validate", [True, False])
async def test_nonsense_is_a_400_also_without_checks(path: str, body: Any, validate: bool) -> None:
    async with world(validate=validate) as here:
        headers = {"Authorization": f"Bearer {here.token}"}
        async with here.http.post(f"{here.sim.url}/cloud/api/v2/{path}", json=body, headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "bad.request")


async def test_custom_attributes_become_participant_data() -> None:
    custom = {"wa_phone_number_id": "1234"}
    async with world() as here:
        body = inbound()
        body["channel"]["metadata"] = {"customAttributes": custom}
        answer = await here.post(f"{MESSAGE}?prefetchConversationId=true", body)
        shown = await here.call("GET", f"conversations/messages/{answer.body['conversationId']}")
        assert shown.body["participants"][0]["attributes"] == custom


async def test_the_same_message_twice_is_there_twice() -> None:
    async with world() as here:
        first, second = [await here.post(MESSAGE, inbound()) for _ in range(2)]
        assert first.body["id"] != second.body["id"]
        received = await here.control("GET", "cloud/received?kind=message&count=2")
        assert [entry["messageId"] for entry in received] == ["wamid.1", "wamid.1"]
        assert len({entry["conversation"] for entry in received}) == 1


@pytest.mark.parametrize(("minutes", "same"), [(4320, True), (0, False)])
async def test_after_a_disconnect_the_threading_timeline_decides(minutes: int, same: bool) -> None:
    async with world(threading_minutes=minutes) as here:
        first = await here.conversation()
        ended = await here.call("PATCH", f"conversations/messages/{first}", {"state": "disconnected"})
        assert [one["state"] for one in ended.body["participants"]] == ["disconnected", "disconnected"]
        assert (await here.conversation() == first) is same


async def test_a_typing_customer() -> None:
    sender = {"id": CUSTOMER, "idType": "Phone"}
    body = {"channel": {"from": sender, "time": TIME}, "events": [{"eventType": "Typing"}]}
    async with world() as here:
        answer = await here.post(EVENT, body)
        assert answer.status == 200
        assert told("OpenEventNormalizedMessage", answer.body)["type"] == "Event"


async def test_what_is_not_json_and_what_is_not_there() -> None:
    async with world() as here:
        headers = {"Authorization": f"Bearer {here.token}"}
        url = f"{here.sim.url}/cloud/api/v2/{MESSAGE}"
        async with here.http.post(url, data=b"{", headers={**headers, "Content-Type": "application/json"}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "bad.request")
        async with here.http.post(url, data=b"a=b", headers=headers) as answer:
            assert answer.status == 415
        unknown = await here.post("conversations/messages/nowhere/inbound/open/message", inbound())
        assert (unknown.status, unknown.body["code"]) == (404, "not.found")


@pytest.mark.parametrize(
    ("knob", "status", "code"),
    [
        ({"fail_next": [{"status": 500}]}, 500, "internal.server.error"),
        ({"fail_next": [{"status": 429, "headers": {"Retry-After": "7"}}]}, 429, "too.many.requests.retry.after"),
        ({"fail_next": [{"status": 400, "code": "invalid.value"}]}, 400, "invalid.value"),
        ({"down": True}, 503, "service.unavailable"),
        ({"down_accounts": [INTEGRATION]}, 503, "service.unavailable"),
    ],
)
async def test_failures_on_demand_take_nothing(knob: dict[str, Any], status: int, code: str) -> None:
    async with world() as here:
        await here.knobs(**knob)
        answer = await here.post(MESSAGE, inbound())
        assert (answer.status, answer.body["code"]) == (status, code)
        await here.control("DELETE", "knobs")
        assert (await here.post(MESSAGE, inbound())).status == 200
        assert len(await here.control("GET", "cloud/received")) == 1


async def test_an_integration_that_is_down_leaves_the_others_up() -> None:
    async with world() as here:
        await here.knobs(down_accounts=["another"])
        assert (await here.post(MESSAGE, inbound())).status == 200


@pytest.mark.parametrize("knob", ["accept_then_500", "accept_then_reset", "accept_then_timeout"])
async def test_an_answer_that_gets_lost_after_the_message_was_taken(knob: str) -> None:
    async with world() as here:
        await here.knobs(**{knob: 1})
        try:
            async with asyncio.timeout(0.3):
                assert (await here.post(MESSAGE, inbound())).status == 500
        except (TimeoutError, aiohttp.ClientError):
            assert knob != "accept_then_500"
        received = await here.control("GET", "cloud/received?kind=message")
        assert [entry["messageId"] for entry in received] == ["wamid.1"]
