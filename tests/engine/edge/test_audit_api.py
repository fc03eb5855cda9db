"""The audit over HTTP: pages, filters, exports, and nobody's but one's own."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from tests.conftest import Configure
from tests.engine.edge.front import OWN, Front, opened
from xyper_engine.access import audit
from xyper_engine.access.caller import Caller

ALL = "/api/v1/audit"


@pytest.fixture
async def front(configure: Configure, url: str) -> AsyncIterator[Front]:
    """With some lines of acme's, the last about a key, and one of another's."""
    async with opened(configure, url) as found, found.rt.db.connection() as connection:
        for n in range(6):
            await audit.write(connection, Caller.host(), "reply.change", f"thing/{n}", "acme", after={"n": n})
        await audit.write(connection, Caller.host(), "reply.change", "thing/0", "other")
        await found.new_key()
        yield found


async def lines(front: Front, path: str, **more: Any) -> dict[str, Any]:
    answer = await front.ask("GET", path, **more)
    assert answer.status == 200, await answer.text()
    return dict(await answer.json())


async def test_it_is_paged_newest_first(front: Front) -> None:
    first = await lines(front, f"{OWN}/audit?limit=5")
    then = await lines(front, f"{OWN}/audit?limit=5&cursor={first['next']}")
    seqs = [line["seq"] for line in first["lines"] + then["lines"]]
    assert seqs == list(range(seqs[0], 0, -1))
    assert (len(first["lines"]), then["next"], first["lines"][0]["action"]) == (5, None, "key.add")


async def test_a_page_does_not_move_when_a_line_is_added(front: Front) -> None:
    first = await lines(front, f"{ALL}?limit=3")
    await front.new_key()
    then = await lines(front, f"{ALL}?limit=3&cursor={first['next']}")
    assert not {line["hash"] for line in first["lines"]} & {line["hash"] for line in then["lines"]}


async def test_it_is_searched(front: Front) -> None:
    assert len((await lines(front, f"{OWN}/audit?action=key.add"))["lines"]) == 1
    assert len((await lines(front, f"{ALL}?subject=thing/0"))["lines"]) == 2
    assert (await lines(front, f"{OWN}/audit?until=2020-01-01T00:00:00Z"))["lines"] == []


@pytest.mark.parametrize(
    "query", ["cursor=nonsense", "cursor=WzFd", "limit=0", "since=yesterday", "until=2026-01-01T00:00"]
)
async def test_what_cannot_be_asked(front: Front, query: str) -> None:
    assert (await front.ask("GET", f"{ALL}?{query}")).status in (400, 422)


async def test_whoever_is_bound_to_a_tenant_sees_only_its_lines(front: Front) -> None:
    key = await front.new_key()
    found = await lines(front, ALL, key=key)
    assert {line["chain"] for line in found["lines"]} == {"acme"}
    assert (await front.ask("GET", "/api/v1/tenants/other/audit", key=key)).status == 404
    exported = await (await front.ask("GET", f"{ALL}/export", key=key)).read()
    assert {orjson.loads(line)["chain"] for line in exported.splitlines()} == {"acme"}


@pytest.mark.parametrize(("form", "kind"), [("jsonl", "application/x-ndjson"), ("csv", "text/csv")])
async def test_it_is_exported(front: Front, form: str, kind: str) -> None:
    answer = await front.ask("GET", f"{OWN}/audit/export?format={form}")
    assert (answer.status, answer.content_type) == (200, kind)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="audit-acme.{form}"'
    exported = (await answer.read()).splitlines()
    known = (await lines(front, f"{OWN}/audit"))["lines"]
    assert len(exported) == len(known) + (form == "csv")
    assert all(line["hash"].encode() in row for line, row in zip(known, reversed(exported), strict=False))


async def test_the_chains_are_proved(front: Front) -> None:
    every, own = [await lines(front, f"{path}/integrity") for path in (ALL, f"{OWN}/audit")]
    assert [(one["state"], one["chains"], one["lines"] == one["walked"], one["broken"]) for one in (own, every)] == [
        ("verified", 1, True, []), ("verified", 3, True, []),
    ]  # fmt: skip
    seen = await lines(front, f"{ALL}/integrity", key=await front.new_key("acme"))
    assert (seen["chains"], seen["done_at"]) == (1, own["done_at"])
