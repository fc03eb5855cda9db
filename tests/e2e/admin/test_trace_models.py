"""The pure parts behind traces, dead letters, the audit and privacy, called by themselves in the page."""

from typing import Any

import pytest
from playwright.async_api import Browser

from tests.e2e.admin.ground import Ground, dashboard
from tests.e2e.widget.ground import call

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

TEXT = {"type": "text", "text": "hello"}
TEMPLATE = {"type": "template", "name": "t", "language": "en", "body": [{"text": "Ada"}], "buttons": [{"value": "x"}]}


def step(at: str, what: str, event: str = "m", **facts: object) -> dict[str, Any]:
    return {"at": f"2026-11-26T10:00:{at}Z", "event": event, "what": what, "facts": facts}


STEPS = [
    step("01.000", "status", status="delivered"), step("01.200", "received"), step("01.210", "stored"),
    step("01.300", "noted as sent"), step("01.900", "received", "receipt"), step("09.000", "status", status="read"),
]  # fmt: skip
"""A vendor tells whole seconds, so that what was delivered seems older than the message."""


async def test_what_is_worked_out_in_the_page(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "account") as shown:
        trace = {"id": "m", "conversation": None, "outcome": "delivered", "steps": STEPS}
        model = "pages/trace/model.js"
        ordered = await call(shown.page, model, "ordered", trace)
        assert [one["what"] for one in ordered] == [
            "received",
            "stored",
            "noted as sent",
            "status",
            "received",
            "status",
        ]
        timed = await call(shown.page, model, "timed", ordered)
        assert [one["delta"] for one in timed] == [None, 10, 90, 0, 600, 7100]
        hops = await call(shown.page, model, "hops", trace)
        assert [(hop["name"], hop["delta"]) for hop in hops] == [
            ("received", None), ("stored", 10), ("sent", 90), ("delivered", 0), ("read", 7700),
        ]  # fmt: skip
        assert await call(shown.page, model, "took", trace) == 100, "not for how long a person took to read it"

        before, after = {"a": 1, "b": {"c": 2}, "same": True}, {"b": {"c": [3]}, "d": "x", "same": True}
        assert await call(shown.page, "pages/audit/difference.js", "differences", before, after) == [
            {"path": "a", "before": "1", "after": None, "kind": "removed"},
            {"path": "b.c", "before": "2", "after": "[3]", "kind": "changed"},
            {"path": "d", "before": None, "after": "x", "kind": "added"},
        ]

        edit, parts = "pages/dead/edit.js", [TEXT, TEMPLATE, {"type": "media"}]
        assert await call(shown.page, edit, "paths", parts) == [
            "parts.0.text", "parts.1.body.0.text", "parts.1.buttons.0.value",
        ]  # fmt: skip
        changed = await call(shown.page, edit, "changed", parts, {"parts.1.body.0.text": "Bea"})
        assert (changed[1]["body"], changed[0]) == ([{"text": "Bea"}], TEXT)
        wrong = {"parts.0": "says nothing", "parts.1.template.body.0.text": "too long", "parts": "other"}
        assert await call(shown.page, edit, "placed", wrong, parts) == {
            "parts.0.text": "says nothing", "parts.1.body.0.text": "too long", "parts": "other",
        }  # fmt: skip

        for given, address in {" +39 333 1234567 ": "tel:+393331234567", "bsuid:US.1": "bsuid:US.1"}.items():
            assert await call(shown.page, "pages/privacy/consents.js", "addressed", given) == address
