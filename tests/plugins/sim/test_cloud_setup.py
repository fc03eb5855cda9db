"""How a simulated Genesys Cloud is set up by API: integrations, profiles, flows, applications, and what it refuses."""

from typing import Any

import pytest

from tests.plugins.sim.cloud_world import CLIENT, INTEGRATION, MESSAGE, Json, World, inbound, told, world

OPEN = "conversations/messaging/integrations/open"
CONTENT, SETTINGS = "conversations/messaging/supportedcontent", "conversations/messaging/settings"
WIDGET = {"integrationType": {"id": "embedded-client-app-interaction-widget"}}
WANTED = {
    "name": "WhatsApp",
    "outboundNotificationWebhookUrl": "https://xyper.example.com/hooks/genesys/acme",
    "outboundNotificationWebhookSignatureSecretToken": "sixteen-letters!",
}


async def _created(here: World, **more: Any) -> Json:
    answer = await here.post(OPEN, {**WANTED, **more})
    assert answer.status == 200, answer.body
    return dict(told("OpenIntegration", answer.body))


async def _finished(here: World, name: str) -> Json:
    while True:
        found: Json = (await here.call("GET", f"{OPEN}/{name}")).body
        if found["createStatus"] != "Initiated":
            return found


async def test_an_integration_is_made_a_moment_later() -> None:
    async with world() as here:
        made = await _created(here)
        assert (made["createStatus"], made["status"]) == ("Initiated", "Inactive")
        done = await _finished(here, made["id"])
        assert (done["createStatus"], done["status"]) == ("Completed", "Active")
        assert done["supportedContent"]["id"] == done["messagingSetting"]["id"] == "standard"
        assert done["recipient"]["id"] != done["id"]
        listed = (await here.call("GET", f"{OPEN}?pageSize=1&pageNumber=2")).body
        assert ([one["id"] for one in listed["entities"]], listed["pageCount"]) == ([made["id"]], 2)


async def test_a_creation_that_fails_says_why() -> None:
    async with world(create_error="No licence") as here:
        done = await _finished(here, (await _created(here))["id"])
        assert (done["createStatus"], done["createError"]["message"]) == ("Error", "No licence")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "name is required"),
        ({"outboundNotificationWebhookSignatureSecretToken": "short"}, "longer than 15"),
        ({"outboundNotificationWebhookUrl": "http://xyper.example.com/x"}, "https on port 443"),
        ({"outboundNotificationWebhookUrl": "https://xyper.example.com:8443/x"}, "https on port 443"),
        ({"supportedContent": {"id": "nobody"}}, "was not found"),
        ({"webhook": "x"}, "is not a field"),
    ],
)
async def test_a_creation_that_is_refused(change: Json, words: str) -> None:
    async with world() as here:
        answer = await here.post(OPEN, {**WANTED, **change})
        assert answer.status in (400, 404)
        assert words in answer.body["message"]


async def test_a_change_holds_at_once_and_is_read_back() -> None:
    async with world() as here:
        wanted = {
            "outboundNotificationWebhookSignatureSecretToken": "another-secret-of-20",
            "webhookHeaders": {"X-A": "b"},
        }
        changed = await here.call("PATCH", f"{OPEN}/{INTEGRATION}", {"name": "New", **wanted})
        assert changed.status == 200
        shown = (await here.call("GET", f"{OPEN}/{INTEGRATION}")).body
        assert shown["outboundNotificationWebhookSignatureSecretToken"] == "another-secret-of-20"
        assert (shown["name"], shown["webhookHeaders"]) == ("New", {"X-A": "b"})
        assert shown["outboundNotificationWebhookUrl"] == here.middleware.url
        assert (await here.call("DELETE", f"{OPEN}/{INTEGRATION}")).status == 204
        assert (await here.call("GET", f"{OPEN}/{INTEGRATION}")).status == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CONTENT, {"name": "wa", "mediaTypes": {"allow": {"inbound": [{"type": "*/*"}], "outbound": []}}}),
        (SETTINGS, {"name": "wa", "event": {"typing": {"on": {"inbound": "Enabled", "outbound": "Enabled"}}}}),
    ],
)
async def test_a_profile_is_made_changed_and_deleted(path: str, body: Json) -> None:
    async with world() as here:
        made = (await here.post(path, body)).body
        assert (await here.post(path, body)).status == 400
        assert (await here.call("PATCH", f"{path}/{made['id']}", {"name": "other"})).body["name"] == "other"
        listed = (await here.call("GET", path)).body["entities"]
        assert {one["name"] for one in listed} >= {"other", "Default"}
        assert (await here.call("DELETE", f"{path}/{made['id']}")).status == 204
        assert (await here.call("GET", f"{path}/{made['id']}")).status == 404
        assert (await here.call("DELETE", f"{path}/standard")).status == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", CONTENT, {"name": "x", "mediaTypes": {"allow": {"both": []}}}),
        ("POST", SETTINGS, {"name": "x", "event": {"typing": {"on": {"inbound": "Sometimes"}}}}),
        ("PUT", "conversations/messaging/threadingtimeline", {"settings": [{"messengerType": "open"}]}),
        ("PUT", "conversations/messaging/threadingtimeline",
         {"settings": [{"messengerType": "open", "timeoutInMinutes": 9999}]}),
        ("PUT", f"routing/message/recipients/{INTEGRATION}", {"flow": {}}),
        ("POST", "integrations", {"integrationType": {"id": "nothing"}}),
        ("GET", f"{OPEN}?pageSize=many", None),
    ],
)  # fmt: skip
async def test_bodies_that_are_not_what_the_sdk_says(method: str, path: str, body: Json | None) -> None:
    async with world() as here:
        assert (await here.call(method, path, body)).status == 400


async def test_files_pass_as_the_profile_says() -> None:
    attachment = {"mediaType": "File", "url": "http://127.0.0.1:1/a.pdf", "mime": "application/pdf"}
    async with world(fetch=False) as here:
        await here.call("PATCH", f"{OPEN}/{INTEGRATION}", {"name": "x", "supportedContent": {"id": "standard"}})
        await here.post(MESSAGE, inbound(content=[{"attachment": attachment}]))
        chat = (await here.control("GET", "cloud/conversations"))[0]
        assert len(chat["messages"][0]["content"]) == 1
        say = f"{here.sim.url}/api/cloud/conversations/{chat['id']}/messages"
        item = {"contentType": "Attachment", "attachment": {**attachment, "id": "1"}}
        async with here.http.post(say, json={"content": [item]}) as answer:
            assert (answer.status, "supported content" in await answer.text()) == (400, True)


async def test_typing_is_told_where_it_is_switched_on() -> None:
    async with world() as here:
        conversation = await here.conversation()
        await here.call("PATCH", f"{OPEN}/{INTEGRATION}", {"name": "x", "messagingSetting": {"id": "standard"}})
        await here.control("POST", f"cloud/conversations/{conversation}/typing")
        await here.call("PATCH", f"{OPEN}/{INTEGRATION}", {"name": "x", "messagingSetting": {"id": "typing-on"}})
        await here.control("POST", f"cloud/conversations/{conversation}/typing")
        await here.settled()
        assert len(here.middleware.bodies("Event")) == 1


async def test_the_timeline_is_replaced_as_a_whole() -> None:
    path = "conversations/messaging/threadingtimeline"
    async with world() as here:
        given = {"settings": [{"messengerType": "open", "timeoutInMinutes": 60}]}
        assert (await here.call("PUT", path, given)).status == 200
        assert (await here.call("GET", path)).body == {**given, "defaultTimeoutMinutes": 4320}


async def test_a_flow_is_put_on_the_recipient() -> None:
    async with world() as here:
        made = await _created(here)
        path = f"routing/message/recipients/{made['recipient']['id']}"
        assert "flow" not in (await here.call("GET", path)).body
        await here.call("PUT", path, {"flow": {"id": "flow-1"}})
        assert (await here.call("GET", path)).body["flow"] == {"id": "flow-1"}
        listed = (await here.call("GET", "routing/message/recipients")).body["entities"]
        assert [one["flow"]["id"] for one in listed] == ["every-message", "flow-1"]
        assert (await here.call("GET", f"routing/message/recipients/{made['id']}")).status == 404


async def test_a_widget_is_installed_configured_and_switched_on() -> None:
    async with world() as here:
        made = told("Integration", (await here.post("integrations", WIDGET)).body)
        config = f"integrations/{made['id']}/config/current"
        assert (await here.call("PATCH", f"integrations/{made['id']}", {"intendedState": "ENABLED"})).status == 400
        held = told("IntegrationConfiguration", (await here.call("GET", config)).body)
        body = {**held, "properties": {"url": "https://x.example/widget", "communicationTypeFilter": "open"}}
        assert (await here.call("PUT", config, body)).body["version"] == held["version"] + 1
        assert (await here.call("PUT", config, body)).status == 409
        await here.call("PATCH", f"integrations/{made['id']}", {"intendedState": "ENABLED"})
        shown = (await here.call("GET", "integrations")).body["entities"][0]
        assert (shown["intendedState"], shown["reportedState"]["code"]) == ("ENABLED", "ACTIVE")
        assert (await here.call("DELETE", f"integrations/{made['id']}")).status == 200
        assert (await here.call("GET", f"integrations/{made['id']}")).status == 404


@pytest.mark.parametrize(
    "properties", [{"url": "https://x", "communicationTypeFilter": "message"}, {"url": "http://x.example/widget"}]
)
async def test_a_configuration_that_is_refused(properties: Json) -> None:
    async with world() as here:
        made = (await here.post("integrations", WIDGET)).body["id"]
        answer = await here.call("PUT", f"integrations/{made}/config/current", {"version": 1, "properties": properties})
        assert (answer.status, answer.body["message"].startswith("Input validation error")) == (400, True)


async def test_a_client_is_told_what_it_may_do() -> None:
    async with world() as here:
        await here.control("PUT", f"cloud/clients/{CLIENT}", {"permissions": ["messaging:setting:view"]})
        subject = told("AuthzSubject", (await here.call("GET", "authorization/subjects/me")).body)
        policy = {"domain": "messaging", "entityName": "setting", "actions": ["view"]}
        assert [grant["role"]["policies"] for grant in subject["grants"]] == [[policy]]
        await here.control("PUT", f"cloud/clients/{CLIENT}", {"reads_itself": False})
        assert (await here.call("GET", "authorization/subjects/me")).status == 400
