"""People over the API: found, told, held and forgotten; by pages, for their own tenant, and each no has its reason."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Configure
from tests.engine.edge.front import OWN, Front, opened
from xyper_engine.access.roles import MAY, Action, Role
from xyper_engine.model import Contact

MARIA, PAUL = "+393331234567", "+393331234568"
PEOPLE = f"{OWN}/people"


@pytest.fixture
async def front(configure: Configure, embedded_url: str) -> AsyncIterator[Front]:
    async with opened(configure, embedded_url) as found:
        for number in (MARIA, PAUL):
            await found.rt.contacts.met("acme", "whatsapp", Contact(address=f"tel:{number}", username="ada"))
        found.key = await found.new_key()
        yield found


async def ask(front: Front, status: int, method: str, path: str, body: object = None, **more: Any) -> Any:
    answer = await front.ask(method, f"{PEOPLE}/{path}", json=body, **more)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def paged(front: Front, name: str) -> list[str]:
    """The ids of a list that is read two by two."""
    ids, cursor = [], ""
    while True:
        page = await ask(front, 200, "GET", f"{name}?limit=2{cursor}")
        ids += [one["id"] for one in page[name]]
        if page["next"] is None:
            return ids
        cursor = f"&cursor={page['next']}"


async def test_found_by_any_name_and_never_shown_whole(front: Front) -> None:
    [found] = (await ask(front, 200, "POST", "search", {"person": MARIA}))["people"]
    assert (found["names"], found["hold"], found["messages"]) == (["tel:+39…67"], None, 0)
    assert len((await ask(front, 200, "POST", "search", {"person": "ada"}))["people"]) == 2
    assert (await ask(front, 200, "POST", "search", {"person": "+4930123456"})) == {"people": []}


async def test_holds_by_pages_the_newest_first(front: Front) -> None:
    placed = []
    for n in range(3):
        placed.append((await ask(front, 201, "POST", "holds", {"person": MARIA, "reason": f"case {n}"}))["id"])
    assert await paged(front, "holds") == placed[::-1]
    one = await ask(front, 200, "GET", f"holds/{placed[1]}")
    assert (one["reason"], one["everybody"], one["names"], one["released_at"]) == (
        "case 1",
        False,
        ["tel:+39…67"],
        None,
    )


async def test_erasures_by_pages_the_newest_first(front: Front) -> None:
    """No engine runs here that would do them."""
    asked = [(await ask(front, 202, "POST", "erasures", {"person": MARIA}))["id"] for _ in range(3)]
    assert await paged(front, "erasures") == asked[::-1]
    one = await ask(front, 200, "GET", f"erasures/{asked[0]}")
    assert (one["state"], one["finished_at"], one["certificate"], one["removed"]) == ("erasing", None, None, {})


async def test_a_report_is_a_link_that_works_without_a_key(front: Front) -> None:
    told = await ask(front, 201, "POST", "reports", {"person": MARIA})
    path = told["url"].partition("/reports/")[2]
    answer = await front.ask("GET", f"/reports/{path}", key="")
    assert (answer.status, answer.content_type) == (200, "application/zip")
    assert (await front.ask("GET", f"/reports/x{path}", key="")).status == 404


REFUSED = {
    "nobody to erase": ("POST", "erasures", {"person": "+4930123456"}, 404, "country code"),
    "nobody to report on": ("POST", "reports", {"person": "+4930123456"}, 404, "country code"),
    "nobody to hold": ("POST", "holds", {"person": "+4930123456", "reason": "r"}, 404, "country code"),
    "several": ("POST", "erasures", {"person": "ada"}, 409, "Several persons"),
    "a name is missing": ("POST", "search", {}, 422, "person"),
    "an empty name": ("POST", "search", {"person": ""}, 422, "person"),
    "no reason": ("POST", "holds", {"person": MARIA}, 422, "reason"),
    "a misspelt field": ("POST", "holds", {"persn": MARIA, "reason": "r"}, 422, "persn"),
    "no such hold": ("GET", "holds/none", None, 404, "Tenant acme has no hold none."),
    "no such hold to release": ("POST", "holds/none/release", {"reason": "r"}, 404, "no hold none"),
    "no such erasure": ("GET", "erasures/none", None, 404, "Tenant acme has no erasure none."),
    "a made-up cursor of holds": ("GET", "holds?cursor=x", None, 400, "cursor"),
    "a made-up cursor of erasures": ("GET", "erasures?cursor=WzFd", None, 400, "cursor"),
    "too much at once": ("GET", "holds?limit=201", None, 422, "limit"),
}


async def test_what_cannot_be_done_is_said_in_words(front: Front) -> None:
    for name, (method, path, body, status, words) in REFUSED.items():
        told = await ask(front, status, method, path, body)
        assert words in told["detail"], name
        assert MARIA not in str(told), name


async def test_a_hold_and_an_erasure_exclude_each_other_and_say_so(front: Front) -> None:
    hold = await ask(front, 201, "POST", "holds", {"reason": "case 1"})
    assert hold["everybody"]
    told = await ask(front, 409, "POST", "erasures", {"person": MARIA})
    assert (hold["id"] in told["detail"], "release it first" in told["detail"]) == (True, True)
    release = f"holds/{hold['id']}/release"
    assert (await ask(front, 200, "POST", release, {"reason": "closed"}))["released_why"] == "closed"
    assert "released before" in (await ask(front, 409, "POST", release, {"reason": "r"}))["detail"]
    await ask(front, 202, "POST", "erasures", {"person": MARIA})
    assert "wait until it is done" in (await ask(front, 409, "POST", "holds", {"reason": "case 2"}))["detail"]


CALLS = (
    ("POST", "search", {"person": MARIA}),
    ("POST", "reports", {"person": MARIA}),
    ("POST", "erasures", {"person": MARIA}),
    ("GET", "erasures", None),
    ("POST", "holds", {"person": MARIA, "reason": "r"}),
    ("GET", "holds", None),
)
MADE = "select id from erasures union all select id from holds union all select id from access_reports"


async def test_another_tenants_key_opens_none_of_it(front: Front) -> None:
    await front.rt.db.execute("insert into tenants (id, name) values ('other', 'Other')")
    key = await front.new_key("other")
    for method, path, body in CALLS:
        await ask(front, 404, method, path, body, key=key)
    assert await front.rt.db.fetch(MADE) == []


async def test_of_another_tenants_ids_nothing_is_told(front: Front) -> None:
    await front.rt.db.execute("insert into tenants (id, name) values ('other', 'Other')")
    hold = await ask(front, 201, "POST", "holds", {"person": MARIA, "reason": "r"})
    erased = await ask(front, 202, "POST", "erasures", {"person": PAUL})
    key = await front.new_key("other")
    for path in (f"holds/{hold['id']}", f"erasures/{erased['id']}"):
        assert (await front.ask("GET", f"/api/v1/tenants/other/people/{path}", key=key)).status == 404
    for name in ("holds", "erasures"):
        answer = await front.ask("GET", f"/api/v1/tenants/other/people/{name}", key=key)
        assert await answer.json() == {name: [], "next": None}
    found = await front.ask("POST", "/api/v1/tenants/other/people/search", key=key, json={"person": MARIA})
    assert await found.json() == {"people": []}


@pytest.mark.parametrize("role", [Role.genesys_admin, Role.supervisor, Role.agent])
async def test_who_may_is_said_by_the_table_of_roles(front: Front, role: Role) -> None:
    bearer, wish = await front.token(role, "acme"), {"person": MARIA}
    for action, path, success in (
        (Action.people_read, "search", 200), (Action.people_report, "reports", 201),
        (Action.people_erase, "erasures", 202),
    ):  # fmt: skip
        await ask(front, success if role in MAY[action] else 403, "POST", path, wish, key=bearer)
