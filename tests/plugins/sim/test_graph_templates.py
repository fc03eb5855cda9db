"""Meta's template endpoints, the reviewer behind them, and what their webhooks tell."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.plugins.sim.ground import TOKEN, WABA, World, world

Json = dict[str, Any]
LIST = f"/graph/v25.0/{WABA}/message_templates"
BODY = {"type": "BODY", "text": "Hello {{1}}", "example": {"body_text": [["Ada"]]}}
NEW = {"name": "hello", "language": "en_US", "category": "UTILITY", "components": [BODY]}


def told(here: World, field: str) -> list[Json]:
    """The values of this field's webhooks, so far."""
    changes = [change for seen in here.hook.seen for entry in seen.json["entry"] for change in entry["changes"]]
    return [change["value"] for change in changes if change["field"] == field]


async def named(here: World, name: str) -> Json:
    """One template as the list shows it."""
    _, page = await here.call("GET", f"{LIST}?name={name}&fields=id,name,status,components,quality_score")
    found: Json = page["data"][0]
    return found


async def test_the_demo_has_two_approved_ones() -> None:
    async with world() as here:
        _, page = await here.call(
            "GET", f"{LIST}?fields=name,status,category,parameter_format,rejected_reason&limit=100"
        )
        assert [(one["name"], one["status"]) for one in page["data"]] == [
            ("parcel_on_its_way", "APPROVED"),
            ("about_your_request", "APPROVED"),
        ]
        assert "next" not in page["paging"]


async def test_pages_follow_each_other() -> None:
    async with world() as here:
        names, url = [], f"{LIST}?fields=name&limit=1"
        while url:
            _, page = await here.call("GET", url)
            names += [one["name"] for one in page["data"]]
            further = urlsplit(page["paging"].get("next", ""))
            url = further.path and f"{further.path}?{further.query}"
        assert names == ["parcel_on_its_way", "about_your_request"]


async def test_a_new_one_is_pending_and_approved_after_a_moment() -> None:
    async with world({"approved_after": 20}) as here:
        status, made = await here.call("POST", LIST, NEW)
        assert (status, made["status"], made["category"]) == (200, "PENDING", "UTILITY")
        assert (await named(here, "hello"))["status"] == "PENDING"
        await here.hook.until(lambda: bool(told(here, "message_template_status_update")))
        value = told(here, "message_template_status_update")[0]
        assert (value["event"], value["message_template_name"], str(value["message_template_id"])) == (
            "APPROVED", "hello", made["id"],
        )  # fmt: skip
        assert (await named(here, "hello"))["status"] == "APPROVED"


async def test_a_changed_one_is_reviewed_anew() -> None:
    async with world({"approved_after": 20}) as here:
        _, made = await here.call("POST", LIST, NEW)
        await here.hook.until(lambda: len(told(here, "message_template_status_update")) == 1)
        change = {"components": [{**BODY, "text": "Good morning {{1}}"}]}
        assert await here.call("POST", f"/graph/v25.0/{made['id']}", change) == (200, {"success": True})
        found = await named(here, "hello")
        assert (found["status"], found["components"][0]["text"]) == ("PENDING", "Good morning {{1}}")
        await here.hook.until(lambda: len(told(here, "message_template_status_update")) == 2)


async def test_a_deleted_one_is_gone() -> None:
    async with world() as here:
        assert await here.call("DELETE", f"{LIST}?name=about_your_request") == (200, {"success": True})
        _, page = await here.call("GET", f"{LIST}?name=about_your_request")
        assert page == {"data": []}
        await here.hook.until(lambda: bool(told(here, "message_template_status_update")))
        status, answer = await here.call("DELETE", f"{LIST}?name=about_your_request")
        assert (status, answer["error"]["error_subcode"]) == (400, 2593002)


@pytest.mark.parametrize(
    ("body", "subcode", "words"),
    [
        ({**NEW, "name": "Hello World"}, None, "name"),
        ({**NEW, "language": ""}, None, "language"),
        ({**NEW, "category": "CHAT"}, None, "category"),
        ({**NEW, "components": []}, None, "BODY"),
        ({**NEW, "components": [{**BODY, "text": "x" * 1025}]}, None, "1024"),
        ({**NEW, "components": [BODY, {"type": "FOOTER", "text": "x" * 61}]}, None, "60"),
        ({**NEW, "name": "about_your_request", "language": "en"}, 2388024, "already exists"),
    ],
)
async def test_a_wrong_one_is_refused(body: Json, subcode: int | None, words: str) -> None:
    async with world() as here:
        status, answer = await here.call("POST", LIST, body)
        error = answer["error"]
        assert (status, error["code"], error.get("error_subcode")) == (400, 100, subcode)
        assert words in error["error_user_msg"]


@pytest.mark.parametrize(
    ("path", "token", "code"),
    [("/graph/v25.0/999/message_templates", TOKEN, 100), (LIST, "wrong", 190)],
)
async def test_only_a_number_below_the_waba_may_look(path: str, token: str, code: int) -> None:
    async with world() as here:
        _, answer = await here.call("GET", path, Authorization=f"Bearer {token}")
        assert answer["error"]["code"] == code


async def test_metas_decisions_are_told() -> None:
    async with world() as here:
        found = await named(here, "about_your_request")
        decision = {"status": "PAUSED", "reason": "LOW_QUALITY", "quality": "RED"}
        await here.call("POST", f"/api/graph/templates/{found['id']}", decision)
        await here.hook.until(lambda: bool(told(here, "message_template_quality_update")))
        assert told(here, "message_template_status_update")[0]["event"] == "PAUSED"
        assert told(here, "message_template_quality_update")[0]["new_quality_score"] == "RED"
        assert (await named(here, "about_your_request"))["quality_score"] == {"score": "RED"}
