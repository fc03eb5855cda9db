"""Agents, receipts and webhooks of the simulated Genesys Cloud."""

import base64
import hashlib
import hmac

import pytest

from tests.plugins.sim.cloud_world import (
    CUSTOMER,
    EVENT,
    INTEGRATION,
    MESSAGE,
    RECEIPT,
    SECRET,
    TIME,
    inbound,
    receipt,
    told,
    world,
)


def signature(raw: bytes, secret: str = SECRET) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()


async def test_an_agents_message_reaches_the_webhook_signed() -> None:
    async with world() as here:
        conversation = await here.conversation()
        said = await here.say(conversation, "Grüße 😀")
        await here.settled()
        headers, raw, body = here.middleware.got[0]
        assert headers["X-Hub-Signature-256"] == signature(raw)
        assert "Grüße 😀".encode() in raw  # as it is, not escaped
        assert b'": ' not in raw
        assert body == {
            "id": said["id"],
            "channel": {
                "id": INTEGRATION,
                "platform": "Open",
                "type": "Private",
                "messageId": said["id"],
                "to": {"id": CUSTOMER, "idType": "Opaque"},
                "from": {"nickname": "WA", "id": INTEGRATION, "idType": "Opaque"},
                "time": body["channel"]["time"],
            },
            "type": "Text",
            "direction": "Outbound",
            "originatingEntity": "Human",
            "conversationId": conversation,
            "text": "Grüße 😀",
            "content": [],
        }


async def test_an_agents_messages_keep_their_order_while_one_is_retried() -> None:
    async with world() as here:
        conversation = await here.conversation()
        here.middleware.answers = [503, 429]
        for text in ("one", "two", "three"):
            await here.say(conversation, text)
        await here.settled()
        assert [body["text"] for _, _, body in here.middleware.got] == ["one", "one", "one", "two", "three"]


@pytest.mark.parametrize(("status", "tries"), [(500, 6), (429, 6), (404, 1), (202, 1)])
async def test_genesys_retries_five_times_and_only_what_may_pass(status: int, tries: int) -> None:
    async with world() as here:
        conversation = await here.conversation()
        here.middleware.answers = [status] * 10
        await here.say(conversation, "hello")
        await here.settled()
        assert len(here.middleware.got) == tries
        assert len({raw for _, raw, _ in here.middleware.got}) == 1
        totals = await here.control("GET", "webhooks/totals")
        assert totals["delivered" if status == 202 else "lost"] == 1


async def test_webhooks_are_told_of_as_they_finish() -> None:
    """Whoever looks now and then hears of each once."""
    async with world() as here:
        conversation, heard = await here.conversation(), 0
        for text in ("one", "two"):
            await here.say(conversation, text)
            await here.settled()
            told = await here.control("GET", f"webhooks/finished?after={heard}")
            [delivery] = told["deliveries"]
            heard = told["total"]
            assert text in delivery["body"]
            assert [attempt["status"] for attempt in delivery["attempts"]] == [200]
        assert (await here.control("GET", f"webhooks/finished?after={heard}"))["deliveries"] == []


async def test_an_agent_types() -> None:
    async with world() as here:
        conversation = await here.conversation()
        await here.control("POST", f"cloud/conversations/{conversation}/typing")
        await here.settled()
        [event] = here.middleware.bodies("Event")
        assert event["events"] == [{"eventType": "Typing", "typing": {"type": "On", "duration": 5000}}]
        assert event["channel"]["to"]["id"] == CUSTOMER
        assert event["conversationId"] == conversation


async def test_a_published_receipt_for_each_inbound_message() -> None:
    async with world(published=True) as here:
        answer = await here.post(f"{MESSAGE}?prefetchConversationId=true", inbound())
        told_back = await here.middleware.first("Receipt")
        assert told_back["id"] == answer.body["id"]
        assert told_back["channel"]["messageId"] == "wamid.1"
        assert told_back["conversationId"] == answer.body["conversationId"]
        assert (told_back["status"], told_back["direction"], told_back["isFinalReceipt"]) == (
            "Published",
            "Inbound",
            True,
        )
        [shown] = await here.control("GET", "cloud/conversations")
        assert shown["messages"][0]["status"] == "published"


async def test_a_customers_message_that_failed_inside_genesys() -> None:
    async with world() as here:
        message = (await here.post(MESSAGE, inbound())).body["id"]
        reasons = [{"code": "ServerError", "message": "no flow"}]
        await here.control("POST", f"cloud/messages/{message}/receipt", {"status": "Failed", "reasons": reasons})
        told_back = await here.middleware.first("Receipt")
        assert (told_back["id"], told_back["status"], told_back["reasons"]) == (message, "Failed", reasons)


async def test_an_agent_begins() -> None:
    async with world() as here:
        begun = await here.control(
            "POST", "cloud/conversations", {"integration": INTEGRATION, "address": CUSTOMER, "name": "Mario"}
        )
        await here.say(begun["id"], "hello")
        assert (await here.middleware.first("Text"))["channel"]["to"]["id"] == CUSTOMER
        assert await here.conversation() == begun["id"]


@pytest.mark.parametrize(
    ("status", "shown", "reason"),
    [("Delivered", "delivery-success", ""), ("Failed", "delivery-failed", "131047 window")],
)
async def test_a_receipt_settles_an_agents_message(status: str, shown: str, reason: str) -> None:
    reasons = {"reasons": [{"code": "GeneralError", "message": reason}]} if reason else {}
    async with world() as here:
        conversation = await here.conversation()
        said = await here.say(conversation, "hello")
        answer = await here.post(RECEIPT, receipt(said["id"], status, **reasons))
        assert told("OpenReceiptNormalizedMessage", answer.body)["status"] == status
        [_, message] = (await here.control("GET", f"cloud/conversations/{conversation}"))["messages"]
        assert (message["status"], message["reason"]) == (shown, reason)
        assert await here.control("GET", "cloud/violations") == []


async def test_a_second_final_receipt_is_a_violation_and_changes_nothing() -> None:
    async with world() as here:
        conversation = await here.conversation()
        said = await here.say(conversation, "hello")
        await here.post(RECEIPT, receipt(said["id"], "Delivered"))
        await here.post(RECEIPT, receipt(said["id"], "Failed"))
        [violation] = await here.control("GET", "cloud/violations")
        assert (violation["rule"], violation["about"]) == ("after_final", said["id"])
        assert here.sim.cloud.messages[said["id"]].status == "delivery-success"


async def test_a_receipt_for_an_unknown_message_is_a_2xx_that_failed() -> None:
    async with world() as here:
        answer = await here.post(RECEIPT, receipt("0" * 32))
        assert (answer.status, answer.body["status"]) == (200, "Failed")
        assert answer.body["reasons"][0]["code"] == "UnknownMessage"
        [violation] = await here.control("GET", "cloud/violations")
        assert violation["rule"] == "unknown_message"


async def test_a_receipt_that_names_another_customer() -> None:
    async with world() as here:
        said = await here.say(await here.conversation(), "hello")
        channel = {"to": {"id": "4915112345", "idType": "Phone"}, "time": TIME}
        await here.post(RECEIPT, {**receipt(said["id"]), "channel": channel})
        [violation] = await here.control("GET", "cloud/violations")
        assert violation["rule"] == "wrong_recipient"


async def test_what_was_said_can_be_read_back() -> None:
    async with world() as here:
        conversation = await here.conversation()
        said = await here.say(conversation, "hello")
        await here.post(RECEIPT, receipt(said["id"]))
        shown = await here.call("GET", f"conversations/messages/{conversation}")
        customer, agent = told("MessageConversation", shown.body)["participants"]
        assert (customer["purpose"], agent["purpose"]) == ("customer", "agent")
        assert customer["fromAddress"]["addressNormalized"] == CUSTOMER
        ids = [one["messageId"] for side in (customer, agent) for one in side["messages"]]
        bulk = await here.post(f"conversations/messages/{conversation}/messages/bulk?useNormalizedMessage=true", ids)
        first, second = told("TextMessageListing", bulk.body)["entities"]
        assert (first["providerMessageId"], first["normalizedMessage"]["text"]) == ("wamid.1", "ciao")
        assert (second["id"], second["direction"], second["status"]) == (said["id"], "outbound", "delivery-success")
        details = told("MessageData", (await here.call("GET", f"conversations/messages/{ids[1]}/details")).body)
        assert details["conversationId"] == conversation
        assert [one["status"] for one in details["normalizedReceipts"]] == ["Delivered"]
        whole = told("Conversation", (await here.call("GET", f"conversations/{conversation}")).body)
        assert whole["participants"][0]["messages"][0]["messages"][0]["messageId"] == ids[0]


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("organizations/me", "Organization"),
        ("tokens/me", "TokenInfo"),
        ("conversations/messaging/integrations/open", "OpenIntegrationEntityListing"),
        (f"conversations/messaging/integrations/open/{INTEGRATION}", "OpenIntegration"),
        (f"routing/message/recipients/{INTEGRATION}", "Recipient"),
    ],
)
async def test_what_an_administrator_reads(path: str, model: str) -> None:
    async with world() as here:
        answer = await here.call("GET", path)
        assert answer.status == 200
        told(model, answer.body)


async def test_a_flow_is_put_on_a_recipient() -> None:
    async with world() as here:
        path = f"routing/message/recipients/{INTEGRATION}"
        assert (await here.call("PUT", path, {"flow": {"id": "f"}})).body["flow"] == {"id": "f"}
        assert (await here.call("GET", path)).body["flow"] == {"id": "f"}
        assert (await here.call("PUT", path, {})).status == 400


async def test_a_client_is_no_user() -> None:
    async with world() as here:
        answer = await here.call("GET", "users/me")
        assert (answer.status, answer.body["code"]) == (400, "bad.request")


async def test_an_ended_conversation_takes_no_agents_words() -> None:
    async with world() as here:
        conversation = await here.conversation()
        await here.control("POST", f"cloud/conversations/{conversation}/disconnect")
        url = f"{here.sim.url}/api/cloud/conversations/{conversation}/messages"
        async with here.http.post(url, json={"text": "hello"}) as answer:
            assert answer.status == 400
        async with here.http.post(f"{here.sim.url}/api/cloud/conversations/nobody/read") as answer:
            assert answer.status == 404


async def test_any_webhook_can_be_sent_also_with_a_wrong_secret() -> None:
    async with world() as here:
        body = {"type": "Nonsense", "id": "1"}
        await here.control("POST", "cloud/webhook", {"integration": INTEGRATION, "body": body})
        await here.settled()
        await here.control("POST", "cloud/webhook", {"integration": INTEGRATION, "body": body, "secret": "wrong"})
        await here.settled()
        [right, wrong] = here.middleware.got
        assert right[0]["X-Hub-Signature-256"] == signature(right[1])
        assert wrong[0]["X-Hub-Signature-256"] == signature(wrong[1], "wrong")


async def test_the_desk_is_told_of_everything_as_it_happens() -> None:
    async with world() as here, here.http.ws_connect(f"{here.sim.url}/live") as page:
        assert (await page.receive_json(timeout=5))["hello"]["cloud"] == []
        conversation = await here.conversation()
        told_live = await page.receive_json(timeout=5)
        assert told_live["topic"] == "cloud"
        assert told_live["data"]["conversation"]["unread"] == 1
        assert told_live["data"]["message"]["text"] == "ciao"
        await here.control("POST", f"cloud/conversations/{conversation}/read")
        assert (await page.receive_json(timeout=5))["data"]["conversation"]["unread"] == 0


async def test_events_are_kept_for_the_audit() -> None:
    sender = {"id": CUSTOMER, "idType": "Phone"}
    async with world() as here:
        await here.post(EVENT, {"channel": {"from": sender, "time": TIME}, "events": [{"eventType": "Typing"}]})
        await here.conversation()
        kinds = [entry["kind"] for entry in await here.control("GET", "cloud/received?count=2")]
        assert kinds == ["event", "message"]
        assert await here.control("GET", "cloud/received?after=1&kind=event&count=1&timeout=0.01") == []
        await here.control("DELETE", "cloud/received")
        assert await here.control("GET", "cloud/received") == []
