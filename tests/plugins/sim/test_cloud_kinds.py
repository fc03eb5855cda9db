"""Every kind of message through the simulated Genesys: files, structured messages and their answers."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.plugins.sim.cloud_world import CUSTOMER, INTEGRATION, MESSAGE, TIME, Json, World, inbound, told, world
from xyper_sim import cloud_check

RESPONSE = f"conversations/messages/{INTEGRATION}/inbound/open/structured/response"
QUICK = [
    {"contentType": "QuickReply", "quickReply": {"text": one, "payload": one.lower(), "action": "Message"}}
    for one in ("Yes", "No")
]
CARD = {"title": "Box", "description": "Oak", "actions": [{"type": "Postback", "text": "Order", "payload": "order"}]}
DATES = {"title": "When?", "availableTimes": [{"duration": 1800, "dateTime": "2026-11-30T12:00:00.000Z"}]}
TEMPLATE = {
    "id": "whatsapp@hello",
    "language": "en",
    "body": {"text": "Hi {{1}}", "parameters": [{"name": "1", "text": "Ada"}]},
}
CANNED = {"body": {"text": "Hi {{name}}", "parameters": [{"name": "name", "text": "Ada"}]}}


def notification(template: Json) -> Json:
    return {"contentType": "Notification", "template": template}


async def kept(here: World, data: bytes = b"%PDF", mime: str = "application/pdf", name: str = "a b.pdf") -> Json:
    """A file that the desk uploads: its attachment."""
    url = f"{here.sim.url}/api/cloud/files?filename={name}"
    async with here.http.post(url, data=data, headers={"Content-Type": mime}) as answer:
        attachment: Json = await answer.json()
    return attachment


async def says(here: World, **message: Any) -> Json:
    """The agent or bot says it: the webhook's body."""
    path = f"cloud/conversations/{await here.conversation()}/messages"
    said = await here.control("POST", path, message)
    return await here.middleware.first(said["type"])


@pytest.mark.parametrize(
    ("message", "kind", "entity", "has_text"),
    [
        ({"text": "Well?", "content": QUICK}, "Structured", "Bot", True),
        ({"content": [{"contentType": "Card", "card": CARD}]}, "Structured", "Bot", False),
        ({"content": [{"contentType": "Carousel", "carousel": {"cards": [CARD, CARD]}}]}, "Structured", "Bot", False),
        ({"content": [{"contentType": "DatePicker", "datePicker": DATES}]}, "Structured", "Bot", False),
        ({"text": "Hi Ada", "content": [notification(CANNED)]}, "Structured", "Human", True),
        ({"text": "Hi Ada", "content": [notification(TEMPLATE)]}, "Structured", "Human", True),
    ],
    ids=["quick replies", "card", "carousel", "date picker", "canned response", "template"],
)  # fmt: skip
async def test_what_is_said_is_told_as_genesys_tells_it(message: Json, kind: str, entity: str, has_text: bool) -> None:
    async with world() as here:
        body = await says(here, **message)
        assert (body["type"], body["originatingEntity"], "text" in body) == (kind, entity, has_text)
        assert body["content"] == message["content"]


async def test_files_are_fetched_under_presigned_addresses_without_a_token() -> None:
    async with world() as here:
        files = [await kept(here), await kept(here, b"\xff\xd8\xff", "image/jpeg", "a.jpg")]
        body = await says(here, files=[one["id"] for one in files])
        assert (body["type"], "text" in body) == ("Text", False)
        pdf, photo = (item["attachment"] for item in body["content"])
        assert (pdf["mediaType"], pdf["filename"], pdf["contentSizeBytes"]) == ("File", "a b.pdf", 4)
        assert photo["mediaType"] == "Image"
        async with here.http.get(pdf["url"]) as answer:
            assert (answer.status, answer.content_type, await answer.read()) == (200, "application/pdf", b"%PDF")
        for wrong in (pdf["url"].replace("Signature=", "Signature=0"), pdf["url"].partition("?")[0]):
            async with here.http.get(wrong) as answer:
                assert answer.status == 403
        assert (await here.control("GET", "cloud/stats"))["leaks"] == 0
        async with here.http.get(pdf["url"], headers={"Authorization": f"Bearer {here.token}"}):
            assert (await here.control("GET", "cloud/stats"))["leaks"] == 1


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({}, "text is empty"),
        ({"files": ["nobody"]}, "no file nobody"),
        ({"content": [{"contentType": "Location", "location": {}}]}, "contentType must be one of"),
        ({"content": [{"contentType": "Card"}]}, "content[0].card is required"),
        ({"content": [{"contentType": "Card", "card": {"titel": "x"}}]}, "content[0].card.titel is not a field"),
        ({"content": [{"contentType": "QuickReply", "quickReply": {"action": "Jump"}}]}, "'Jump' is not one of"),
    ],
)
async def test_what_genesys_would_not_send_is_refused(message: Json, words: str) -> None:
    async with world() as here:
        url = f"{here.sim.url}/api/cloud/conversations/{await here.conversation()}/messages"
        async with here.http.post(url, json=message) as answer:
            assert answer.status == 400
            assert words in (await answer.json())["title"]


def file_at(url: str) -> list[Json]:
    return [
        {"attachment": {"mediaType": "Image", "url": url, "mime": "image/jpeg", "filename": "a.jpg", "text": "look"}}
    ]


async def shown(here: World) -> Json:
    """The first message of the first conversation, once its file was fetched."""
    async with here.http.ws_connect(f"{here.sim.url}/live") as live:
        while True:
            views = await here.control("GET", "cloud/conversations")
            found: Json = views[0]["messages"][0]["attachments"][0]
            if "file" in found or "problem" in found:
                return found
            await live.receive(timeout=5)


async def test_a_customers_file_is_fetched_and_kept() -> None:
    async def serve(request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers
        return web.Response(body=b"\xff\xd8\xff", content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/a.jpg", serve)
    async with world() as here, TestServer(app) as far:
        await here.post(MESSAGE, inbound("", content=file_at(str(far.make_url("/a.jpg")))))
        found = await shown(here)
        assert (found["mime"], found["size"], found["text"]) == ("image/jpeg", 3, "look")
        async with here.http.get(f"{here.sim.url}/api/cloud/files/{found['file']}") as answer:
            assert await answer.read() == b"\xff\xd8\xff"


async def test_a_file_that_cannot_be_fetched_is_shown_as_such() -> None:
    async with world() as here, TestServer(web.Application()) as far:
        await here.post(MESSAGE, inbound("", content=file_at(str(far.make_url("/gone.jpg")))))
        assert (await shown(here))["problem"] == "HTTP 404"


def response(about: str, payload: str = "yes", **more: Any) -> Json:
    channel = {"messageId": "wamid.9", "time": TIME, "from": {"id": CUSTOMER, "idType": "Phone"}}
    choice = {"type": "QuickReply", "text": "Yes", "payload": payload}
    return {"channel": channel, "buttonResponse": choice, "originatingMessageId": about, **more}


async def test_a_choice_is_taken_as_an_answer() -> None:
    async with world() as here:
        said = await says(here, text="Well?", content=QUICK)
        answer = await here.post(RESPONSE, response(said["id"]))
        assert answer.status == 200
        told("OpenStructuredResponseNormalizedMessage", answer.body)
        (conversation,) = await here.control("GET", "cloud/conversations")
        got = conversation["messages"][-1]
        assert (got["text"], got["about"], got["direction"]) == ("Yes", said["id"], "inbound")
        assert [one["kind"] for one in await here.control("GET", "cloud/received")] == ["message", "response"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"originatingMessageId": "nobody"}, "no such structured message"),
        ({"originatingMessageId": ""}, "originatingMessageId is required"),
        ({"buttonResponse": {"type": "QuickReply", "text": "Maybe", "payload": "maybe"}}, "does not offer it"),
        ({"buttonResponse": {"type": "QuickReply", "text": "Yes"}}, "buttonResponse.payload is required"),
        ({"buttonResponse": {"type": "Toggle", "text": "Yes", "payload": "yes"}}, "'Toggle' is not one of"),
    ],
)
async def test_a_choice_of_what_was_not_offered_is_refused(change: Json, words: str) -> None:
    async with world() as here:
        said = await says(here, text="Well?", content=QUICK)
        answer = await here.post(RESPONSE, {**response(said["id"]), **change})
        assert (answer.status, answer.body["code"]) == (400, "bad.request")
        assert words in answer.body["message"]


@pytest.mark.parametrize("model", [cloud_check.RESPONSE, cloud_check.CONTENT])
def test_the_models_that_are_checked_against_are_there(model: str) -> None:
    assert cloud_check.fields_of(model)
