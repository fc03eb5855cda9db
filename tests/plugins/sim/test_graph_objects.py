"""Numbers, tokens, subscriptions and media of the simulated Graph API."""

import hashlib
from typing import Any

import aiohttp
import pytest

from tests.plugins.sim.ground import APP, BEARER, NUMBER, SECRET, TOKEN, WABA, World, receiver, world

AGENT = {"User-Agent": "xyper/1"}


async def test_a_number_shows_the_fields_that_were_asked_for() -> None:
    async with world() as here:
        _, shown = await here.call("GET", f"/graph/v25.0/{NUMBER}?fields=display_phone_number,health_status,nonsense")
        assert shown.keys() == {"id", "display_phone_number", "health_status"}
        assert shown["health_status"]["can_send_message"] == "AVAILABLE"


@pytest.mark.parametrize(
    ("asked", "valid", "targets"), [(TOKEN, True, [WABA]), ("stale", False, None), ("", False, None)]
)
async def test_a_token_can_be_debugged(asked: str, valid: bool, targets: list[str] | None) -> None:
    async with world() as here:
        path = f"/graph/v25.0/debug_token?input_token={asked}&access_token={APP}|{SECRET}"
        _, answer = await here.call("GET", path, Authorization="")
        data = answer["data"]
        assert data["is_valid"] is valid
        assert [scope["target_ids"] for scope in data.get("granular_scopes", ())][:1] == ([targets] if targets else [])


@pytest.mark.parametrize("bearer", ["", "Bearer nobody", "Bearer operator|wrong"])
async def test_a_stranger_debugs_nothing(bearer: str) -> None:
    async with world() as here:
        path = f"/graph/v25.0/debug_token?input_token={TOKEN}"
        status, answer = await here.call("GET", path, Authorization=bearer)
        assert (status, answer["error"]["code"]) == (401, 190)


async def test_an_app_that_is_not_subscribed_hears_nothing() -> None:
    async with world() as here:
        path = f"/graph/v25.0/{WABA}/subscribed_apps"
        _, listed = await here.call("GET", path)
        assert [row["whatsapp_business_api_data"]["id"] for row in listed["data"]] == [APP]
        assert await here.call("DELETE", path) == (200, {"success": True})
        await here.write("unheard")
        assert await here.call("POST", path) == (200, {"success": True})
        await here.write("heard")
        await here.hook.until(lambda: bool(here.hook.messages))
        assert [message["text"]["body"] for message in here.hook.messages] == ["heard"]


async def test_an_override_leads_elsewhere() -> None:
    async with world() as here, receiver() as other:
        path = f"/graph/v25.0/{WABA}/subscribed_apps"
        await here.call("POST", path, {"override_callback_uri": other.url, "verify_token": "x"})
        await here.write("elsewhere")
        await other.until(lambda: bool(other.messages))
        assert here.hook.seen == []


async def test_a_new_address_is_learned_while_it_runs() -> None:
    async with world() as here, receiver() as other:
        await here.call("PUT", f"/api/graph/apps/{APP}", {"webhook_url": other.url})
        await here.write("moved")
        await other.until(lambda: bool(other.messages))


async def _upload(here: World, **fields: str) -> tuple[int, Any]:
    form = aiohttp.FormData(fields)
    form.add_field("file", b"\x89PNG...", filename="a.png", content_type="image/png")
    async with here.http.post(f"{here.sim.url}/graph/v25.0/{NUMBER}/media", data=form, headers=BEARER) as answer:
        return answer.status, await answer.json()


async def test_media_is_uploaded_shown_downloaded_and_deleted() -> None:
    async with world() as here:
        _, uploaded = await _upload(here, messaging_product="whatsapp", type="image/png")
        media = f"/graph/v25.0/{uploaded['id']}"
        _, shown = await here.call("GET", media)
        assert (shown["mime_type"], shown["file_size"]) == ("image/png", 7)
        assert shown["sha256"] == hashlib.sha256(b"\x89PNG...").hexdigest()
        async with here.http.get(shown["url"], headers={**BEARER, **AGENT}) as file:
            assert (file.status, await file.read()) == (200, b"\x89PNG...")
        for headers, status in ((AGENT, 401), (BEARER, 400), ({**BEARER, "User-Agent": ""}, 400)):
            async with here.http.get(shown["url"], headers=headers) as file:
                assert (file.status, file.content_type) == (status, "text/html")
        assert await here.call("DELETE", media) == (200, {"success": True})
        assert (await here.call("GET", media))[0] == 400
        async with here.http.get(shown["url"], headers={**BEARER, **AGENT}) as file:
            assert file.status == 404


async def test_an_upload_without_its_product_is_refused() -> None:
    async with world() as here:
        status, answer = await _upload(here, type="image/png")
        assert (status, answer["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "/api/graph/customers/1650/messages", {"text": "x"}, "phone_number_id"),
        ("POST", "/api/graph/customers/16505551234/messages", {"phone_number_id": "7", "text": "x"}, "number 7"),
        ("POST", "/api/graph/customers/16505551234/messages", {"phone_number_id": NUMBER, "text": " "}, "empty"),
        ("PUT", "/api/graph/customers/ada", {}, "wa_id"),
        ("PUT", "/api/graph/numbers/1", {"waba_id": "w", "display": "1", "access_token": "t", "app": "none"}, "none"),
        ("POST", "/api/graph/webhook?app=nobody", {}, "nobody"),
    ],
)
async def test_a_wrong_control_request_is_told_what_is_wrong(method: str, path: str, body: Any, words: str) -> None:
    async with world() as here:
        status, problem = await here.call(method, path, body)
        assert status == 400
        assert words in problem["title"]
