"""The simulated WhatsApp Cloud API, as its clients and its webhooks' receivers see it."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.plugins.sim.ground import ADA, NUMBER, SECRET, TOKEN, WABA, text, world

BSUID = "US.13491208655302741918"
TEMPLATE = {
    "name": "about_your_request",
    "language": {"code": "en"},
    "components": [{"type": "body", "parameters": [{"type": "text", "text": "it is ready."}]}],
}
HIDDEN = {"customers": [{"wa_id": ADA, "name": "Ada", "bsuid": BSUID, "hidden": True}]}


async def test_an_accepted_text_is_answered_as_meta_answers() -> None:
    async with world() as here:
        status, answer = await here.send(text())
        assert status == 200
        assert answer == {
            "messaging_product": "whatsapp",
            "contacts": [{"input": f"+{ADA}", "wa_id": ADA}],
            "messages": [{"id": here.sim.graph.sent[0].id}],
        }
        assert answer["messages"][0]["id"].startswith("wamid.HBg")


async def test_a_message_becomes_sent_delivered_read_and_echoes_our_id() -> None:
    async with world() as here:
        await here.write("first")
        await here.send(text(biz_opaque_callback_data="our-id"))
        await here.hook.until(lambda: len(here.hook.statuses) == 3)
        assert [status["status"] for status in here.hook.statuses] == ["sent", "delivered", "read"]
        assert {status["biz_opaque_callback_data"] for status in here.hook.statuses} == {"our-id"}
        sent = here.hook.statuses[0]
        assert sent["recipient_id"] == ADA
        assert sent["timestamp"].isdigit()
        assert sent["pricing"] == {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "service"}
        assert "pricing" not in here.hook.statuses[2]
        assert here.hook.seen[-1].values[0]["contacts"][0]["wa_id"] == ADA


async def test_a_webhook_is_ascii_escaped_and_signed_in_hex() -> None:
    async with world() as here:
        await here.write("é 🙂 https://example.com/a")
        await here.hook.until(lambda: len(here.hook.seen) == 1)
        seen = here.hook.seen[0]
        assert b"\\u00e9 \\ud83d\\ude42 https:\\/\\/example.com\\/a" in seen.body
        assert seen.body.isascii()
        digest = hmac.new(SECRET.encode(), seen.body, hashlib.sha256).hexdigest()
        assert seen.headers["X-Hub-Signature-256"] == f"sha256={digest}"


async def test_a_customers_text_has_metas_shape() -> None:
    async with world() as here:
        wamid = await here.write("hello")
        await here.hook.until(lambda: len(here.hook.seen) == 1)
        body = here.hook.seen[0].json
        stamp = body["entry"][0]["changes"][0]["value"]["messages"][0].pop("timestamp")
        assert stamp.isdigit()
        bsuid = here.sim.graph.customers[ADA].bsuid
        message = {"from": ADA, "from_user_id": bsuid, "id": wamid, "type": "text", "text": {"body": "hello"}}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER},
            "contacts": [{"profile": {"name": "Ada Ńowak"}, "wa_id": ADA, "user_id": bsuid}],
            "messages": [message],
        }
        change = {"value": value, "field": "messages"}
        assert body == {"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": [change]}]}


async def test_a_hidden_customer_is_a_bsuid_only() -> None:
    async with world(HIDDEN) as here:
        await here.write("hello")
        status, answer = await here.send({k: v for k, v in text(recipient=BSUID).items() if k != "to"})
        assert (status, answer["contacts"]) == (200, [{"input": BSUID, "user_id": BSUID}])
        await here.hook.until(lambda: len(here.hook.statuses) == 3)
        assert ADA.encode() not in b"".join(seen.body for seen in here.hook.seen)
        assert here.hook.messages[0]["from_user_id"] == BSUID
        assert "from" not in here.hook.messages[0]
        assert {status["recipient_user_id"] for status in here.hook.statuses} == {BSUID}
        assert all("recipient_id" not in status for status in here.hook.statuses)


async def test_a_bsuid_in_to_is_taken_and_silently_lost() -> None:
    async with world(HIDDEN) as here:
        await here.write("hello")
        assert (await here.send(text(to=BSUID)))[0] == 200
        assert (await here.send(text("marker", to=f"+{ADA}")))[0] == 200
        await here.hook.until(lambda: len(here.hook.statuses) == 3)
        lost, marker = here.sim.graph.sent
        assert (lost.status, lost.history, marker.status) == ("accepted", [], "read")


async def test_a_number_without_plus_and_with_blanks_is_understood() -> None:
    async with world() as here:
        for to in (ADA, "+1 (650) 555-1234"):
            assert (await here.send(text(to=to)))[1]["contacts"] == [{"input": to, "wa_id": ADA}]


def _without(*names: str) -> dict[str, Any]:
    return {key: value for key, value in text().items() if key not in names}


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (_without("messaging_product"), 100, "messaging_product is required"),
        (_without("to"), 100, "to is required"),
        (_without("text"), 131008, "'text'"),
        ({**text(), "text": {}}, 131008, "'body'"),
        ({**text(), "text": {"body": ""}}, 131009, "text.body"),
        ({**text(), "text": {"body": "x" * 4097}}, 131009, "text.body"),
        ({**text(), "text": {"body": 5}}, 100, "text.body"),
        ({**text(), "text": {"body": "x", "colour": "red"}}, 100, "text"),
        ({**text(), "text": "x"}, 100, "text"),
        ({**text(), "type": "telegram"}, 100, "type"),
        ({**text(), "recipient_type": "business_scoped_user_id"}, 131009, "recipient_type"),
        ({**text(), "biz_opaque_callback_data": "x" * 513}, 131009, "biz_opaque_callback_data"),
        ({**text(), "context": {"message_id": 7}}, 100, "context.message_id"),
        (text(to="+15550783881"), 131021, "sender"),
        ({"messaging_product": "whatsapp", "status": "read"}, 131008, "message_id"),
        ({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.nobody"}, 100, "wamid.nobody"),
    ],
)
async def test_a_wrong_request_is_refused_in_metas_words(body: dict[str, Any], code: int, words: str) -> None:
    async with world() as here:
        status, answer = await here.send(body)
        error = answer["error"]
        assert (status, error["code"]) == (400, code)
        assert words in json.dumps(error)
        assert {"message", "type", "fbtrace_id"} <= error.keys()
        assert here.sim.graph.sent == []


@pytest.mark.parametrize(
    ("number", "token", "status", "code"),
    [(NUMBER, "wrong", 401, 190), (NUMBER, "", 401, 190), ("999", TOKEN, 400, 100), ("999", "wrong", 401, 190)],
)
async def test_tokens_and_numbers_are_checked(number: str, token: str, status: int, code: int) -> None:
    async with world() as here:
        path = f"/graph/v25.0/{number}/messages"
        answered, body = await here.call("POST", path, text(), Authorization=f"Bearer {token}")
        assert (answered, body["error"]["code"]) == (status, code)
        assert body["error"].get("error_subcode") == (33 if code == 100 else None)


async def test_json_that_is_none_is_refused() -> None:
    async with world() as here:
        url = f"{here.sim.url}/graph/v25.0/{NUMBER}/messages"
        for raw in (b"{", b"[]", b""):
            async with here.http.post(url, data=raw, headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
                assert (answer.status, (await answer.json())["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(
    ("body", "ends"),
    [
        (text(), "failed"),
        ({**_without("text"), "type": "template", "template": TEMPLATE}, "read"),
    ],
)
async def test_outside_the_window_only_templates_arrive(body: dict[str, Any], ends: str) -> None:
    async with world() as here:
        assert (await here.send(body))[0] == 200
        await here.hook.until(lambda: bool(here.hook.statuses) and here.hook.statuses[-1]["status"] == ends)
        codes = [error["code"] for status in here.hook.statuses for error in status.get("errors", ())]
        assert codes == ([131047] if ends == "failed" else [])


async def test_the_window_opens_and_closes_at_will() -> None:
    async with world() as here:
        path = f"/api/graph/customers/{ADA}/window"
        for is_open in (True, False):
            await here.call("POST", path, {"phone_number_id": NUMBER, "open": is_open})
            await here.send(text())
        await here.hook.until(lambda: len(here.hook.statuses) == 4)
        assert [message.error for message in here.sim.graph.sent] == [None, 131047]


async def test_a_delivery_fails_on_demand_and_statuses_stay_away_on_demand() -> None:
    async with world() as here:
        await here.write("open")
        await here.call("POST", "/api/knobs", {"side": "graph", "fail_delivery": [131026], "no_status": ["sent"]})
        await here.send(text("one"))
        await here.send(text("two"))
        await here.hook.until(lambda: len(here.hook.statuses) == 3)
        assert {s["status"] for s in here.hook.statuses} == {"failed", "delivered", "read"}


@pytest.mark.parametrize(
    ("limit", "code"), [({"pair_burst": 3, "pair_rate": 0.0001}, 131056), ({"number_rate": 3e-2}, 130429)]
)
async def test_limits_have_the_right_bodies_and_can_be_switched_off(limit: dict[str, float], code: int) -> None:
    async with world({**limit, "unknown_customers": True}) as here:
        answers = [await here.send(text()) for _ in range(5)]
        refused = [body["error"] for status, body in answers if status == 400]
        assert {error["code"] for error in refused} == {code}
        assert refused[0]["error_data"]["details"]
    async with world({**limit, "limits": False}) as here:
        assert [(await here.send(text()))[0] for _ in range(5)] == [200] * 5


async def test_read_and_typing_reach_the_phone() -> None:
    async with world() as here:
        first, second = await here.write("one"), await here.write("two")
        read = {"messaging_product": "whatsapp", "status": "read", "message_id": second}
        assert await here.send({**read, "typing_indicator": {"type": "text"}}) == (200, {"success": True})
        assert [here.sim.graph.messages[wamid].status for wamid in (first, second)] == ["read", "read"]
        assert here.sim.graph.chat(NUMBER, ADA).typing_until > 0
        await here.send(text())
        await here.hook.until(lambda: len(here.hook.statuses) >= 2)
        assert here.sim.graph.chat(NUMBER, ADA).typing_until == 0


async def test_a_message_waits_for_the_phone_and_for_the_open_chat() -> None:
    async with world() as here:
        await here.write("open")
        phone = f"/api/graph/customers/{ADA}"
        await here.call("PUT", phone, {"online": False, "phone_open": False})
        await here.send(text())
        for change, count in (({}, 1), ({"online": True}, 2), ({"phone_open": True}, 3)):
            await here.call("PUT", phone, change)
            await here.hook.until(lambda n=count: len(here.hook.statuses) == n)  # type: ignore[misc]
        assert [status["status"] for status in here.hook.statuses] == ["sent", "delivered", "read"]


async def test_sends_are_recorded_in_order_with_their_doubles() -> None:
    async with world() as here:
        for body, to in (("a", ADA), ("b", "491701234567"), ("a", ADA)):
            await here.send(text(body, to=f"+{to}", biz_opaque_callback_data=f"id-{body}"))
        _, record = await here.call("GET", f"/api/graph/sent?customer={ADA}&phone_number_id={NUMBER}")
        rows = [(row["seq"], row["order"], row["text"], row["callback"]) for row in record["sent"]]
        assert rows == [(0, 0, "a", "id-a"), (2, 1, "a", "id-a")]
        assert record["total"] == 3
        assert (await here.call("GET", "/api/graph/sent?since=2"))[1]["sent"][0]["seq"] == 2


async def test_updates_travel_in_batches_on_demand() -> None:
    async with world() as here:
        await here.call("POST", "/api/knobs", {"side": "graph", "batch": 3})
        for n in range(4):  # in one tick: a batch that is not full goes out after a moment
            here.sim.graph.write(NUMBER, here.sim.graph.customers[ADA], {"text": str(n)})
        await here.hook.until(lambda: len(here.hook.messages) == 4)
        assert [len(seen.values) for seen in here.hook.seen] == [3, 1]


async def test_a_raw_body_is_signed_and_sent_as_it_is() -> None:
    async with world() as here:
        raw = b'{"object": "whatsapp_business_account",\r\n "entry": []}'
        async with here.http.post(f"{here.sim.url}/api/graph/webhook?app=operator", data=raw) as answer:
            assert answer.status == 200
        await here.hook.until(lambda: len(here.hook.seen) == 1)
        assert here.hook.seen[0].body == raw


async def test_the_webhook_is_verified_on_demand() -> None:
    async with world() as here:
        assert await here.call("POST", "/api/graph/verify", {"app": "operator"}) == (200, {"ok": True, "status": 200})


async def test_a_reply_carries_its_context() -> None:
    async with world() as here:
        await here.write("open")
        _, answer = await here.send(text())
        wamid = answer["messages"][0]["id"]
        body = {"phone_number_id": NUMBER, "text": "yes", "reply_to": wamid}
        await here.call("POST", f"/api/graph/customers/{ADA}/messages", body)
        await here.hook.until(lambda: len(here.hook.messages) == 2)
        assert here.hook.messages[1]["context"] == {"from": "15550783881", "id": wamid}
