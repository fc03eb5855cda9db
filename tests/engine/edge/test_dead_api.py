"""Dead letters over the API: by cause, page by page, without anybody's words unless they may be read, and mended."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Configure
from tests.engine.edge.front import OWN, Front, opened
from tests.letters import bury_many, letter, message
from xyper_engine.access.roles import Action

DEAD, EVERY = f"{OWN}/dead", "/api/v1/dead"
ID = "0199a000-0000-7000-8000-000000000001"


@pytest.fixture
async def front(configure: Configure, embedded_url: str) -> AsyncIterator[Front]:
    async with opened(configure, embedded_url) as found:
        yield found


async def ask(front: Front, status: int, method: str, path: str, body: object = None, **more: Any) -> Any:
    answer = await front.ask(method, path, json=body, **more)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def buried(front: Front) -> None:
    """Two causes of acme's, one of another tenant's, one of nobody's."""
    await front.rt.db.execute("insert into tenants (id, name) values ('other', 'Other') on conflict do nothing")
    causes: dict[str, dict[str, Any]] = {
        "a": {"code": "131009"}, "b": {"code": "131009"}, "c": {"reason": "no way"}, "d": {"tenant": "other"},
        "e": {"tenant": None, "reason": "no tenant owns whatsapp/7"},
    }  # fmt: skip
    for name, values in causes.items():
        await front.rt.dead_letters.bury(letter(name, **values))


async def test_causes_are_counted_for_a_tenant_and_for_all(front: Front) -> None:
    await buried(front)
    own = (await ask(front, 200, "GET", f"{DEAD}/groups"))["groups"]
    assert [(one["reason"], one["code"], one["letters"]) for one in own] == [
        ("no way", "", 1), ("rejected", "131009", 2),
    ]  # fmt: skip
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await ask(front, 200, "GET", f"{EVERY}/groups?limit=1{cursor}")
        found += page["groups"]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert [one["tenant"] for one in found] == [None, "acme", "acme", "other"]


async def test_how_they_stand_in_a_few_numbers(front: Front) -> None:
    await buried(front)
    await ask(front, 202, "POST", f"{DEAD}/replays", {"ids": ["c"]})
    own, every = [await ask(front, 200, "GET", f"{path}/summary") for path in (DEAD, EVERY)]
    assert [(one["waiting"], one["replaying"], one["causes"], one["lately"]) for one in (own, every)] == [
        (2, 1, 1, 2), (4, 1, 3, 4),
    ]  # fmt: skip
    letters = (await ask(front, 200, "GET", f"{EVERY}?limit=50"))["letters"]
    assert every["oldest"] == letters[-1]["died_at"]
    other = await ask(front, 200, "GET", f"{EVERY}/summary", key=await front.new_key("other"))
    assert (other["waiting"], other["causes"], other["replaying"]) == (1, 1, 0)


async def test_whatever_became_of_it_the_letter_of_a_message_and_the_letters_of_a_replay_are_found(
    front: Front,
) -> None:
    await buried(front)
    asked = await ask(front, 202, "POST", f"{DEAD}/replays", {"ids": ["a", "b"]})
    await ask(front, 200, "POST", f"{DEAD}/discards", {"ids": ["c"], "why": "a test"})
    for event, found in (("a", ["a"]), ("c", ["c"]), ("d", []), ("nobody", [])):
        listed = await ask(front, 200, "GET", f"{DEAD}?state=any&event={event}")
        assert [one["id"] for one in listed["letters"]] == found, event
    replay = asked["replays"][0]["id"]
    listed = await ask(front, 200, "GET", f"{DEAD}?state=any&replay={replay}")
    assert [one["id"] for one in listed["letters"]] == ["b", "a"]
    assert (await ask(front, 200, "GET", f"{DEAD}?replay={replay}"))["letters"] == []


async def test_a_tenants_people_see_their_own_alone(front: Front) -> None:
    await buried(front)
    key = await front.new_key("other")
    listed = await ask(front, 200, "GET", EVERY, key=key)
    assert [one["id"] for one in listed["letters"]] == ["d"]
    await ask(front, 404, "GET", f"{EVERY}/a", key=key)
    await ask(front, 404, "POST", f"{EVERY}/replays", {"ids": ["a"]}, key=key)
    asked = await ask(front, 202, "POST", f"{EVERY}/replays", {"all": True}, key=key)
    assert (asked["letters"], [one["tenant"] for one in asked["replays"]]) == (1, ["other"])
    await ask(front, 404, "GET", f"{DEAD}/replays/{asked['replays'][0]['id']}", key=await front.new_key())


async def test_ten_thousand_by_pages_of_100_ms(front: Front) -> None:
    await bury_many(front.rt, 10_000)
    took, seen, cursor = [], 0, ""
    for path in (f"{DEAD}?limit=200", f"{EVERY}?limit=200", f"{DEAD}?limit=200&code=3"):
        cursor = ""
        for _ in range(5):
            began = time.perf_counter()
            page = await ask(front, 200, "GET", f"{path}{cursor}")
            took.append(time.perf_counter() - began)
            seen, cursor = seen + len(page["letters"]), f"&cursor={page['next']}"
    began = time.perf_counter()
    groups = (await ask(front, 200, "GET", f"{DEAD}/groups"))["groups"]
    took.append(time.perf_counter() - began)
    assert (seen, sum(one["letters"] for one in groups)) == (3000, 10_001)
    assert sorted(took)[len(took) // 2] < 0.1
    print(f"page of 200 of 10,000: median {sorted(took)[len(took) // 2] * 1000:.0f} ms, worst {max(took) * 1000:.0f}")


async def test_words_are_shown_to_those_who_may_read_them(front: Front) -> None:
    await front.rt.dead_letters.bury(letter(ID))
    told = await ask(front, 200, "GET", f"{DEAD}/{ID}")
    assert (told["parts"], "hello" in str(told["body"])) == (None, False), "Xyper's own people run it, they do not read"
    reader = await front.new_key()
    told = await ask(front, 200, "GET", f"{DEAD}/{ID}", key=reader)
    assert told["parts"] == [{"type": "text", "text": "hello"}]
    await ask(front, 403, "POST", f"{DEAD}/{ID}/revelation")
    whole = await ask(front, 200, "POST", f"{DEAD}/{ID}/revelation", key=reader)
    assert (whole["body"]["parts"][0]["text"], whole["original"]) == ("hello", None)
    assert await audited(front) == ["dead.reveal"]


async def audited(front: Front) -> list[str]:
    rows = await front.rt.db.fetch("select action, body from audit where action like 'dead%' order by seq")
    assert all("hello" not in row["body"] and "goodbye" not in row["body"] for row in rows)
    return [row["action"] for row in rows]


async def test_one_is_mended_by_the_version_that_was_read_and_its_first_words_stay(front: Front) -> None:
    await front.rt.dead_letters.bury(letter(ID))
    key, path = await front.new_key(), f"{DEAD}/{ID}"
    change = {"parts": [{"type": "text", "text": "goodbye"}]}
    await ask(front, 428, "PATCH", path, change, key=key)
    await ask(front, 412, "PATCH", path, change, key=key, headers={"If-Match": '"9"'})
    refused = await ask(front, 422, "PATCH", path, {"parts": [{"type": "order"}]}, key=key, headers={"If-Match": "*"})
    assert "must stay 'text'" in str(refused)
    answer = await front.ask("PATCH", path, key=key, json=change, headers={"If-Match": '"1"'})
    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    for words in ("again", "and again"):
        change = {"parts": [{"type": "text", "text": words}]}
        await ask(front, 200, "PATCH", path, change, key=key, headers={"If-Match": "*"})
    whole = await ask(front, 200, "POST", f"{path}/revelation", key=key)
    assert [whole[name]["parts"][0]["text"] for name in ("body", "original")] == ["and again", "hello"]
    assert await audited(front) == ["dead.mend"] * 3 + ["dead.reveal"]


async def test_what_may_have_been_sent_is_not_changed(front: Front) -> None:
    await front.rt.dead_letters.bury(letter(ID))
    await front.rt.db.execute(SENT, message(ID).key)
    change = {"parts": [{"type": "text", "text": "goodbye"}]}
    key = await front.new_key()
    told = await ask(front, 409, "PATCH", f"{DEAD}/{ID}", change, key=key, headers={"If-Match": "*"})
    assert "may have been" in told["detail"]


SENT = """
insert into posts (key, n, tenant, event_id, adapter, account, external_id, contact, origin_adapter, origin_account,
                   last) values ($1, 0, 'acme', 'e', 'whatsapp', '1', 'x', 'c', 'genesys', '1', false)
"""


async def test_what_is_no_message_of_ours_is_not_changed(front: Front) -> None:
    raw = letter(ID)
    await front.rt.dead_letters.bury(type(raw)(**{**facts(raw), "source": "unparsed", "body": b'{"entry": []}'}))
    change = {"parts": [{"type": "text", "text": "goodbye"}]}
    await ask(front, 409, "PATCH", f"{DEAD}/{ID}", change, key=await front.new_key(), headers={"If-Match": "*"})


def facts(one: object) -> dict[str, Any]:
    return {name: getattr(one, name) for name in type(one).__dataclass_fields__}  # type: ignore[attr-defined]


async def test_replays_are_asked_for_seen_and_cancelled(front: Front) -> None:
    """No engine works here: nothing happens to them but what is asked."""
    await buried(front)
    dry = await ask(front, 202, "POST", f"{DEAD}/replays", {"code": "131009", "dry_run": True})
    assert (dry["letters"], [one["code"] for one in dry["groups"]], dry["replays"]) == (2, ["131009"], [])
    [one] = (await ask(front, 202, "POST", f"{DEAD}/replays", {"code": "131009", "rate": 5}))["replays"]
    assert (one["total"], one["left"], one["rate"], one["finished_at"]) == (2, 2, 5.0, None)
    again = await ask(front, 202, "POST", f"{DEAD}/replays", {"ids": ["a", "b"]})
    assert (again["letters"], again["replays"]) == (0, []), "they are under way"
    await ask(front, 409, "PATCH", f"{DEAD}/a", {"parts": [{"type": "text", "text": "x"}]},
              key=await front.new_key(), headers={"If-Match": "*"})  # fmt: skip
    path = f"{DEAD}/replays/{one['id']}"
    assert (await ask(front, 200, "POST", f"{path}/cancellation"))["cancelled_at"] is not None
    await ask(front, 409, "POST", f"{path}/cancellation")
    assert (await ask(front, 200, "GET", path))["left"] == 0
    assert [each["id"] for each in (await ask(front, 200, "GET", f"{DEAD}/replays"))["replays"]] == [one["id"]]
    assert len((await ask(front, 200, "GET", DEAD))["letters"]) == 3


async def test_what_is_given_up_leaves_the_list_with_a_reason(front: Front) -> None:
    await buried(front)
    await ask(front, 422, "POST", f"{DEAD}/discards", {"ids": ["a"]})
    await ask(front, 422, "POST", f"{DEAD}/discards", {"why": "because"})
    await ask(front, 404, "POST", f"{DEAD}/discards", {"ids": ["d"], "why": "it is not acme's"})
    done = await ask(front, 200, "POST", f"{DEAD}/discards", {"reason": "no way", "why": "The number is gone."})
    assert done["letters"] == 1
    assert [one["id"] for one in (await ask(front, 200, "GET", DEAD))["letters"]] == ["b", "a"]
    [given_up] = (await ask(front, 200, "GET", f"{DEAD}?state=discarded"))["letters"]
    assert (given_up["id"], given_up["discarded_why"]) == ("c", "The number is gone.")
    await ask(front, 409, "POST", f"{DEAD}/replays", {"ids": ["c"]})
    assert await audited(front) == ["dead.discard"]


async def test_a_key_for_looking_only_looks(front: Front) -> None:
    await front.rt.dead_letters.bury(letter(ID))
    key = await front.new_key("acme", [Action.dead_read])
    assert (await ask(front, 200, "GET", f"{DEAD}/{ID}", key=key))["parts"] is None
    for path, body in {"replays": {"all": True}, "discards": {"all": True, "why": "no"}}.items():
        await ask(front, 403, "POST", f"{DEAD}/{path}", body, key=key)
