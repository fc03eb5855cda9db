"""Reconciliations over the API: asked for, listed, and all that differs page by page."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import Configure
from tests.engine.edge.front import OWN, Front, opened
from xyper_engine.model import now

ALL = f"{OWN}/reconciliation"


@pytest.fixture
async def front(configure: Configure, embedded_url: str) -> AsyncIterator[Front]:
    async with opened(configure, embedded_url) as found:
        yield found


async def ask(front: Front, status: int, method: str, path: str, body: object = None, **more: Any) -> Any:
    answer = await front.ask(method, path, json=body, **more)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def looked_at(front: Front, report: str) -> None:
    """What an engine finds: five messages that differ, two of one moment, and three conversations it cannot read."""
    began = now() - timedelta(hours=1)
    for n, what in enumerate(("missed", "gone", "silent", "missed", "unreadable")):
        at = began + timedelta(minutes=min(n, 3))
        await front.rt.db.execute(
            "insert into findings (reconciliation, tenant, conversation, what, key, occurred_at) "
            "values ($1, 'acme', 'c', $2, $3, $4)", report, what, f"k{n}", at,
        )  # fmt: skip
    for n in range(4):
        await front.rt.db.execute(
            "insert into reconciled (reconciliation, tenant, conversation, calls, compared, failed) "
            "values ($1, 'acme', $2, 1, 2, $3)", report, f"c{n}", "no permission" if n else "",
        )  # fmt: skip


async def paged(front: Front, path: str, name: str) -> list[Any]:
    """All of a list that is read two by two."""
    found, cursor = [], ""
    while True:
        page = await ask(front, 200, "GET", f"{path}?limit=2{cursor}")
        assert len(page[name]) <= 2
        found += page[name]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


async def test_all_that_differs_is_told_page_by_page(front: Front) -> None:
    report = await ask(front, 202, "POST", ALL, {})
    await looked_at(front, report["id"])
    told = await ask(front, 200, "GET", f"{ALL}/{report['id']}")
    assert (told["missed"], told["gone"], told["silent"], told["unreadable"], told["failed"]) == (2, 1, 1, 1, 3)
    findings = await paged(front, f"{ALL}/{report['id']}/findings", "findings")
    assert [one["key"] for one in findings] == [f"k{n}" for n in range(5)], "oldest first, none twice"
    failures = await paged(front, f"{ALL}/{report['id']}/failures", "failures")
    assert [(one["conversation"], one["why"]) for one in failures] == [(f"c{n}", "no permission") for n in (1, 2, 3)]


async def test_the_reports_by_pages_the_newest_first(front: Front) -> None:
    asked = [(await ask(front, 202, "POST", ALL, {}))["id"] for _ in range(3)]
    assert [one["id"] for one in await paged(front, ALL, "reports")] == asked[::-1]


UNTOLD = {
    "none": (404, "Tenant acme has no reconciliation none."),
    "none/findings": (404, "no reconciliation none"),
    "none/failures": (404, "no reconciliation none"),
    "none/findings?cursor=x": (400, "give back `next`"),
    "none/findings?cursor=WyJ4IiwieSJd": (400, "give back `next`"),
    "none/findings?cursor=WyIyMDI2LTAxLTAxIiwieSJd": (400, "give back `next`"),
    "none/failures?cursor=WzFd": (400, "give back `next`"),
}


async def test_what_cannot_be_told_or_compared_is_said_in_words(front: Front) -> None:
    for path, (status, words) in UNTOLD.items():
        assert words in (await ask(front, status, "GET", f"{ALL}/{path}"))["detail"], path
    for wish, words in (
        ({"since": (now() - timedelta(days=8)).isoformat()}, "must be in the last 7 days"),
        ({"since": now().isoformat()}, "must be before `until`"),
        ({"since": "yesterday"}, "since"),
        ({"from": "2026-01-01"}, "from"),
    ):
        assert words in str(await ask(front, 422, "POST", ALL, wish))


async def test_another_tenant_is_told_nothing(front: Front) -> None:
    await front.rt.db.execute("insert into tenants (id, name) values ('other', 'Other')")
    report = await ask(front, 202, "POST", ALL, {})
    await looked_at(front, report["id"])
    key = await front.new_key("other")
    for path in ("", "/findings", "/failures"):
        await ask(front, 404, "GET", f"/api/v1/tenants/other/reconciliation/{report['id']}{path}", key=key)
        await ask(front, 404, "GET", f"{ALL}/{report['id']}{path}", key=key)
    assert (await ask(front, 200, "GET", "/api/v1/tenants/other/reconciliation", key=key))["reports"] == []
