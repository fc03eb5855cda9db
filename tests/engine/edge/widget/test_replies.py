"""Quick replies: one's own, and those that all share."""

from typing import Any

from tests.engine.edge.widget.stage import Stage
from xyper_engine.access.roles import Role

ALL = "/widget/api/v1/tenants/acme/replies"
HELLO = {"shortcut": "hello", "folder": "Greetings", "text": "Hello {{name}}!"}


async def test_ones_own(stage: Stage) -> None:
    added = await told(stage, "POST", ALL, 201, json=HELLO)
    assert added == {
        **HELLO, "id": added["id"], "parts": None, "shared": False, "own": True, "version": 1,
    }  # fmt: skip
    assert (await stage.ask(ALL, method="POST", json={**HELLO, "shortcut": "HELLO"})).status == 409
    changed = await told(stage, "PATCH", f"{ALL}/{added['id']}", json={"version": 1, "text": "Hi!"})
    assert (changed["text"], changed["shortcut"], changed["version"]) == ("Hi!", "hello", 2)
    late = await stage.ask(f"{ALL}/{added['id']}", method="PATCH", json={"version": 1, "text": "Ho!"})
    assert late.status == 409
    assert (await stage.read(ALL))["replies"] == [changed]
    assert (await stage.ask(f"{ALL}/{added['id']}", method="DELETE")).status == 204
    assert (await stage.read(ALL))["replies"] == []


async def test_one_that_is_more_than_words(stage: Stage) -> None:
    part = {"type": "choices", "body": "Shall we?", "options": [{"title": "Yes"}]}
    added = await told(stage, "POST", ALL, 201, json={**HELLO, "parts": [part]})
    assert added["parts"][0]["options"][0]["title"] == "Yes"
    plain = await told(stage, "PATCH", f"{ALL}/{added['id']}", json={"version": 1, "parts": None})
    assert plain["parts"] is None


async def test_what_all_share_is_the_supervisors(stage: Stage) -> None:
    stage.tokens["supervisor"] = await stage.session(Role.supervisor)
    stage.tokens["other"] = await stage.session(Role.agent, "t-2")
    assert (await stage.ask(ALL, method="POST", json={**HELLO, "shared": True})).status == 403
    own = await told(stage, "POST", ALL, 201, json=HELLO)
    shared = await told(stage, "POST", ALL, 201, "supervisor", json={**HELLO, "shared": True})
    assert [one["id"] for one in (await stage.read(ALL, "other"))["replies"]] == [shared["id"]]
    assert {one["id"] for one in (await stage.read(ALL))["replies"]} == {own["id"], shared["id"]}
    for who, id_, status in (
        ("agent", shared["id"], 403), ("other", own["id"], 404), ("supervisor", own["id"], 404),
        ("supervisor", shared["id"], 204),
    ):  # fmt: skip
        assert (await stage.ask(f"{ALL}/{id_}", who, "DELETE")).status == status, (who, id_)
    rows = await stage.front.rt.db.fetch("select action from audit where action like 'reply.%' order by seq")
    assert [row["action"] for row in rows] == ["reply.add", "reply.remove"], "one's own is nobody's business"


async def test_another_tenants(stage: Stage) -> None:
    await stage.foreign()
    stage.tokens["foreign"] = await stage.session(Role.supervisor, tenant="globex")
    own = await told(stage, "POST", ALL, 201, json=HELLO)
    assert (await stage.ask(ALL, "foreign")).status == 404
    assert (await stage.ask(f"{ALL.replace('acme', 'globex')}/{own['id']}", "foreign", "DELETE")).status == 404


async def told(stage: Stage, method: str, path: str, status: int = 200, who: str = "agent", **more: Any) -> Any:
    answer = await stage.ask(path, who, method, **more)
    assert answer.status == status, await answer.text()
    return await answer.json()
