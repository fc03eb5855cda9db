"""Tenants over the API: made, changed, suspended, deleted; and each refusal by its name."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.conftest import Configure
from tests.engine.edge.front import Front, opened

ALL = "/api/v1/tenants"
GOOD = f"{ALL}/good"
TOKEN, CLIENT, HOOK = "good-access-token", "good-client-secret", "good-hook-secret"
NUMBER = {"adapter": "whatsapp", "account": "2001", "parent": "55", "secrets": {"access_token": TOKEN}}
DESK = {
    "adapter": "genesys",
    "account": "desk-9",
    "config": {"region": "eu-central-1", "client_id": "c-1"},
    "secrets": {"client_secret": CLIENT},
}
LINK = {"customer": "whatsapp/2001", "agent": "genesys/desk-9"}
WHOLE = {
    "id": "good",
    "name": "Good Ltd",
    "accounts": [NUMBER, DESK],
    "links": [LINK],
    "hooks": [{"id": "good-hook", "adapter": "genesys", "account": "desk-9", "secrets": [HOOK]}],
}


@pytest.fixture
async def front(configure: Configure, url: str) -> AsyncIterator[Front]:
    """With the tenants acme and good."""
    async with opened(configure, url) as front:
        made = await front.ask("POST", ALL, json=WHOLE)
        assert made.status == 201, await made.text()
        yield front


async def told(answer: ClientResponse, status: int = 200) -> Any:
    assert answer.status == status, await answer.text()
    return await answer.json()


async def refused(answer: ClientResponse, status: int) -> str:
    """In which words."""
    assert (answer.status, answer.content_type) == (status, "application/problem+json"), await answer.text()
    return str((await answer.json())["detail"])


async def tag(front: Front, path: str = GOOD) -> dict[str, str]:
    """The header that names what there is now."""
    return {"If-Match": (await front.ask("GET", path)).headers["ETag"]}


async def test_a_tenant_made_at_once_is_read_in_its_parts(front: Front) -> None:
    good = await told(await front.ask("GET", GOOD))
    assert (good["name"], good["state"], good["accounts"], good["links"]) == ("Good Ltd", "active", 2, 1)
    accounts = (await told(await front.ask("GET", f"{GOOD}/accounts")))["accounts"]
    assert [(one["adapter"], one["account"], one["parent"], one["secrets"]) for one in accounts] == [
        ("genesys", "desk-9", None, ["client_secret"]),
        ("whatsapp", "2001", "55", ["access_token"]),
    ]
    [link] = (await told(await front.ask("GET", f"{GOOD}/links")))["links"]
    assert {name: link[name] for name in LINK} == LINK
    [hook] = (await told(await front.ask("GET", f"{GOOD}/hooks")))["hooks"]
    assert hook["url"] == f"{front.rt.settings.public_url}/hooks/genesys/good-hook"


async def test_no_secret_is_ever_told(front: Front) -> None:
    for path in ("", "/accounts", "/accounts/genesys/desk-9", "/hooks", "/hooks/good-hook", "/audit"):
        text = await (await front.ask("GET", GOOD + path)).text()
        assert not any(secret in text for secret in (TOKEN, CLIENT, HOOK)), path


async def test_one_by_one(front: Front) -> None:
    made = await front.ask("POST", ALL, json={"id": "slow", "name": "Slow"})
    assert (made.status, made.headers["Location"]) == (201, f"{ALL}/slow")
    slow = f"{ALL}/slow"
    number = {**NUMBER, "account": "3001", "parent": "66"}
    await told(await front.ask("POST", f"{slow}/accounts", json=number), 201)
    await told(await front.ask("POST", f"{slow}/accounts", json={**DESK, "account": "desk-3"}), 201)
    link = {"customer": "whatsapp/3001", "agent": "genesys/desk-3"}
    linked = await told(await front.ask("POST", f"{slow}/links", json=link), 201)
    hook = await told(await front.ask("POST", f"{slow}/hooks", json={"adapter": "genesys", "secrets": ["s"]}), 201)
    assert len(hook["id"]) >= 32
    aimed = await front.ask(
        "PATCH", f"{slow}/hooks/{hook['id']}", json={"account": "desk-3"}, headers=await tag(front, slow)
    )
    assert (await told(aimed))["account"] == "desk-3"
    in_use = await front.ask("DELETE", f"{slow}/accounts/whatsapp/3001", headers=await tag(front, slow))
    assert await refused(in_use, 409) == "Account whatsapp/3001 is still in use: remove its links and its hooks first."
    for path in (f"links/{linked['id']}", f"hooks/{hook['id']}", "accounts/whatsapp/3001", "accounts/genesys/desk-3"):
        gone = await front.ask("DELETE", f"{slow}/{path}", headers=await tag(front, slow))
        assert gone.status == 204, await gone.text()
        assert (await front.ask("GET", f"{slow}/{path}")).status == 404
    taken_up = {"id": "next", "name": "Next", "accounts": [number]}
    await told(await front.ask("POST", ALL, json=taken_up), 201)  # number and WABA are free again


async def test_a_change_is_made_to_what_was_read(front: Front) -> None:
    read = await tag(front)
    renamed = await told(await front.ask("PATCH", GOOD, json={"name": "Better"}, headers=read))
    assert renamed["name"] == "Better"
    stale = await front.ask("PATCH", GOOD, json={"name": "Worse"}, headers=read)
    assert "was changed meanwhile" in await refused(stale, 412)
    assert (await told(await front.ask("GET", GOOD)))["name"] == "Better"
    again = await front.ask("GET", GOOD, headers={"If-None-Match": (await tag(front))["If-Match"]})
    assert again.status == 304


CONDITIONAL: tuple[tuple[str, str, object], ...] = (
    ("PATCH", "", {"name": "x"}),
    ("DELETE", "", None),
    ("PATCH", "/accounts/whatsapp/2001", {"name": "x"}),
    ("DELETE", "/accounts/whatsapp/2001", None),
    ("DELETE", "/links/any", None),
    ("PATCH", "/hooks/good-hook", {"account": None}),
    ("DELETE", "/hooks/good-hook", None),
    ("PUT", "/policy", {}),
    ("PATCH", "/policy", {}),
    ("PUT", "/plugins/whatsapp", {}),
    ("PATCH", "/quotas", {}),
)


async def test_whoever_does_not_say_what_they_change_is_refused(front: Front) -> None:
    """Missing: 428; stale, or never a version: 412; and nothing is changed."""
    before = await tag(front)
    for method, path, body in CONDITIONAL:
        assert "If-Match" in await refused(await front.ask(method, GOOD + path, json=body), 428)
        for stale in ('"1"', 'W/"1"', '"tomorrow"'):
            await refused(await front.ask(method, GOOD + path, json=body, headers={"If-Match": stale}), 412)
    assert await tag(front) == before


async def test_every_route_that_changes_says_that_it_is_conditional(front: Front) -> None:
    ours = [
        route for route in front.routes if route.handler.__module__.endswith((".tenants", ".holdings", ".decisions"))
    ]
    assert len(ours) == 28
    assert all(route.conditional is (route.method in ("PATCH", "PUT", "DELETE")) for route in ours)


REFUSED: tuple[tuple[str, object, int, str | None, str], ...] = (
    ("", {**WHOLE, "id": "Bad!"}, 422, "id", ""),
    ("", {**WHOLE, "version": 7}, 422, "version", "Extra inputs"),
    ("", {**WHOLE, "id": "new", "quotas": {"numbers": 9}}, 422, "quotas", "Extra inputs"),
    ("", WHOLE, 409, None, "Tenant good exists already."),
    ("", {"id": "new", "name": "x", "accounts": [{**NUMBER, "secrets": {}}]}, 422,
     "accounts.0.secrets.access_token", "needed"),
    ("", {"id": "new", "name": "x", "accounts": [{**NUMBER, "account": "4001"}]}, 409, None,
     "whatsapp/4001: 55 belongs to another"),
    ("", {"id": "new", "name": "x", "accounts": [{**NUMBER, "parent": None}]}, 409, None,
     "whatsapp/2001 belongs to another tenant already."),
    ("/good/accounts", NUMBER, 409, None, "Account whatsapp/2001 exists already."),
    ("/good/accounts", {**NUMBER, "account": "2002", "parent": "56"}, 409, None,
     "has its whatsapp accounts below 55, and a tenant has one"),
    ("/good/accounts", {**NUMBER, "account": "1001", "parent": "55"}, 409, None, "belongs to another tenant"),
    ("/good/accounts", {**NUMBER, "account": "../x"}, 422, "account", ""),
    ("/good/accounts", {**NUMBER, "adapter": "telegram"}, 422, "adapter", "there are genesys, whatsapp"),
    ("/good/accounts", {**NUMBER, "tenant": "acme"}, 422, "tenant", "Extra inputs"),
    ("/good/accounts", {**NUMBER, "account": "2002", "config": {"waba": "1"}}, 422, "config.waba", "Extra inputs"),
    ("/good/accounts", {**DESK, "account": "d", "config": {"region": "eu-mars-1"}}, 422, "config.region",
     "'eu-mars-1' is no region"),
    ("/good/accounts", {**DESK, "account": "d", "config": {"region": "eu-west-1"}}, 422, "config.client_id",
     "required"),
    ("/good/accounts", {**DESK, "account": "d", "secrets": {"client_sceret": "x"}}, 422, "secrets.client_sceret",
     "there are client_secret"),
    ("/good/links", LINK, 409, None, "are linked already"),
    ("/good/links", {**LINK, "customer": "whatsapp/1001"}, 404, None, "no account of tenant good"),
    ("/good/links", {**LINK, "agent": "genesys"}, 422, "agent", "must be written <adapter>/<account>"),
    ("/good/hooks", {"id": "good-hook", "adapter": "genesys", "secrets": ["x"]}, 409, None, "exists already"),
    ("/good/hooks", {"id": "acme-genesys", "adapter": "genesys", "secrets": ["x"]}, 409, None, "another tenant"),
    ("/good/hooks", {"adapter": "genesys", "account": "desk-1", "secrets": ["x"]}, 404, None, "no account of"),
    ("/good/hooks", {"adapter": "genesys", "secrets": []}, 422, "secrets", ""),
)  # fmt: skip


async def test_what_cannot_be_made_is_refused_by_name(front: Front) -> None:
    before = await tag(front)
    for path, body, status, field, words in REFUSED:
        answer = await front.ask("POST", ALL + path, json=body)
        assert words in await refused(answer, status)
        assert field is None or field in (await answer.json())["errors"], (field, await answer.text())
    assert [one["id"] for one in (await told(await front.ask("GET", ALL)))["tenants"]] == ["acme", "good"]
    assert await tag(front) == before


async def test_an_account_is_changed_in_what_is_named(front: Front) -> None:
    path = f"{GOOD}/accounts/genesys/desk-9"
    changed = await told(await front.ask("PATCH", path, json={"name": "Desk"}, headers=await tag(front)))
    assert (changed["name"], changed["config"], changed["secrets"]) == ("Desk", DESK["config"], ["client_secret"])
    moved = {"region": "mypurecloud.ie", "client_id": "c-2", "organization_id": "o"}
    changed = await told(await front.ask("PATCH", path, json={"config": moved}, headers=await tag(front)))
    assert (changed["name"], changed["config"]) == ("Desk", moved)
    wrong = await front.ask("PATCH", path, json={"config": {"region": "eu-west-1"}}, headers=await tag(front))
    assert "config.client_id" in await refused(wrong, 422)


async def test_lists_are_paged_and_filtered(front: Front) -> None:
    for n in range(5):
        await told(await front.ask("POST", ALL, json={"id": f"t{n}", "name": f"Team {n}"}), 201)
    await told(await front.ask("POST", f"{ALL}/t3/suspend"))
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await told(await front.ask("GET", f"{ALL}?limit=3&cursor={cursor}"))
        seen += [one["id"] for one in page["tenants"]]
        cursor = page["next"]
    assert seen == ["acme", "good", "t0", "t1", "t2", "t3", "t4"]
    for query, ids in (
        ("name=team", 5),
        ("name=GOOD", 1),
        ("state=suspended", 1),
        ("state=deleting", 0),
        ("name=%25", 0),
    ):
        assert len((await told(await front.ask("GET", f"{ALL}?{query}")))["tenants"]) == ids, query
    page = await told(await front.ask("GET", f"{GOOD}/accounts?limit=1"))
    rest = await told(await front.ask("GET", f"{GOOD}/accounts?limit=1&cursor={page['next']}"))
    assert [one["adapter"] for one in page["accounts"] + rest["accounts"]] == ["genesys", "whatsapp"]
    assert rest["next"] is None


async def test_whoever_belongs_to_a_tenant_sees_that_one(front: Front) -> None:
    key = await front.new_key("acme")
    assert [one["id"] for one in (await told(await front.ask("GET", ALL, key=key)))["tenants"]] == ["acme"]
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "mine"}),
        ("GET", "/accounts", None),
        ("POST", "/accounts", NUMBER),
        ("DELETE", "/hooks/good-hook", None),
        ("PATCH", "/quotas", {"links": None}),
    ):
        answer = await front.ask(method, GOOD + path, json=body, key=key, headers={"If-Match": "*"})
        assert await refused(answer, 404) == "There is no tenant good."
    own = f"{ALL}/acme"
    for method, path in (("POST", "/suspend"), ("DELETE", ""), ("PATCH", "/quotas")):
        answer = await front.ask(method, own + path, json={}, key=key, headers={"If-Match": "*"})
        assert "You may not do this" in await refused(answer, 403)


async def test_suspended_resumed_deleted_and_resumed(front: Front) -> None:
    assert (await told(await front.ask("POST", f"{GOOD}/suspend")))["state"] == "suspended"
    assert await front.rt.directory.tenants() == ("acme",)
    ending = await told(await front.ask("DELETE", GOOD, headers=await tag(front)), 202)
    assert (ending["state"], ending["delete_at"] > ending["changed_at"]) == ("deleting", True)
    for method, path, body in (
        ("PATCH", "", {"name": "x"}), ("POST", "/suspend", None), ("DELETE", "", None), ("POST", "/links", LINK),
        ("PATCH", "/policy", {}),
    ):  # fmt: skip
        answer = await front.ask(method, GOOD + path, json=body, headers={"If-Match": "*"})
        assert "Tenant good is being deleted" in await refused(answer, 409)
    assert "exists still: it will be gone after" in await refused(await front.ask("POST", ALL, json=WHOLE), 409)
    resumed = await told(await front.ask("POST", f"{GOOD}/resume"))
    assert (resumed["state"], resumed["delete_at"]) == ("active", None)
    await front.ask("DELETE", GOOD, headers=await tag(front))
    await front.rt.db.execute("update tenants set delete_at = now() where id = 'good'")
    assert "its deletion has begun" in await refused(await front.ask("POST", f"{GOOD}/resume"), 409)


async def test_a_policy_is_put_whole_or_changed_in_part(front: Front) -> None:
    path = f"{GOOD}/policy"
    assert (await told(await front.ask("GET", path)))["ledger_days"] == 90
    put = {"language": "de", "message_days": 10}
    assert (await told(await front.ask("PUT", path, json=put, headers=await tag(front))))["language"] == "de"
    patched = await told(await front.ask("PATCH", path, json={"ledger_days": 30}, headers=await tag(front)))
    assert (patched["language"], patched["message_days"], patched["ledger_days"]) == ("de", 10, 30)
    put = await told(await front.ask("PUT", path, json={}, headers=await tag(front)))
    assert (put["language"], put["message_days"], put["ledger_days"]) == ("en", 365, 90)
    assert (await front.rt.directory.policy("good")).language == "en"


async def test_what_no_policy_can_mean_is_refused_by_name(front: Front) -> None:
    for body, words in (
        ({"langauge": "de"}, "langauge: Extra inputs"),
        ({"language": "tlh"}, "language must be one of"),
        ({"window": "template"}, "needs window_template"),
        ({"ledger_days": 29}, "ledger_days: Input should be greater than or equal to 30"),
        ({"media_days": 0}, "media_days"),
        ({"plugins": {}}, "plugins: Extra inputs"),
    ):
        for method in ("PUT", "PATCH"):
            answer = await front.ask(method, f"{GOOD}/policy", json=body, headers={"If-Match": "*"})
            assert words in await refused(answer, 422)


async def test_a_plugin_is_chosen_for(front: Front) -> None:
    path = f"{GOOD}/plugins"
    found = {one["name"]: one for one in (await told(await front.ask("GET", path)))["plugins"]}
    assert found["whatsapp"]["transformers"] == ["whatsapp template check", "whatsapp window"]
    off = {"off": ["whatsapp window"]}
    chosen = await told(await front.ask("PUT", f"{path}/whatsapp", json=off, headers=await tag(front)))
    assert (chosen["off"], chosen["settings"]) == (["whatsapp window"], {})
    await told(await front.ask("PUT", f"{GOOD}/policy", json={"language": "fr"}, headers=await tag(front)))
    assert (await front.rt.directory.policy("good")).plugins["whatsapp"].off == ("whatsapp window",)
    for name, body, words in (
        ("telegram", {}, "there is no plugin 'telegram'"),
        ("whatsapp", {"off": ["whatsapp windwo"]}, "whatsapp has no transformer whatsapp windwo; it has whatsapp tem"),
        ("whatsapp", {"settings": {"x": 1}}, "the plugin 'whatsapp' has no settings for tenants"),
        ("whatsapp", {"on": []}, "on: Extra inputs"),
    ):
        answer = await front.ask("PUT", f"{path}/{name}", json=body, headers={"If-Match": "*"})
        assert words in await refused(answer, 422)


async def test_what_is_beyond_a_quota_is_not_made(front: Front) -> None:
    quotas = {"numbers": 1, "links": 1, "keys": 1}
    told_ = await told(await front.ask("PATCH", f"{GOOD}/quotas", json=quotas, headers=await tag(front)))
    assert (told_["quotas"]["numbers"], told_["quotas"]["users"]) == (1, None)
    assert told_["usage"] == {
        "numbers": 1, "links": 1, "keys": 0, "users": 0, "media_bytes": 0, "messages_today": 0,
    }  # fmt: skip
    second = {**NUMBER, "account": "2002"}
    number = await front.ask("POST", f"{GOOD}/accounts", json=second)
    assert await refused(number, 409) == (
        "Tenant good may have no more: its quota `numbers` is 1. Remove one, or have the quota raised."
    )
    await told(await front.ask("POST", f"{GOOD}/accounts", json={**DESK, "account": "desk-10"}), 201)
    link = await front.ask("POST", f"{GOOD}/links", json={**LINK, "agent": "genesys/desk-10"})
    assert "its quota `links` is 1" in await refused(link, 409)
    await front.ask("PATCH", f"{GOOD}/quotas", json={"numbers": None}, headers=await tag(front))
    await told(await front.ask("POST", f"{GOOD}/accounts", json=second), 201)
    wrong = await front.ask("PATCH", f"{GOOD}/quotas", json={"number": 1}, headers={"If-Match": "*"})
    assert "number: Extra inputs" in await refused(wrong, 422)


async def test_every_change_is_in_the_audit_with_what_it_was_and_became(front: Front) -> None:
    await front.ask("PATCH", GOOD, json={"name": "Better"}, headers=await tag(front))
    await front.ask("PATCH", GOOD, json={"name": "Better"}, headers=await tag(front))  # changes nothing
    await front.ask("PATCH", f"{GOOD}/policy", json={"language": "de"}, headers=await tag(front))
    await front.ask("DELETE", f"{GOOD}/hooks/good-hook", headers=await tag(front))
    lines = (await told(await front.ask("GET", f"{GOOD}/audit")))["lines"]
    assert [(line["action"], line["subject"]) for line in reversed(lines)] == [
        ("tenant.add", "tenant/good"), ("tenant.rename", "tenant/good"), ("tenant.policy", "tenant/good"),
        ("hook.remove", "hook/good-hook"),
    ]  # fmt: skip
    assert (lines[2]["before"], lines[2]["after"]) == ({"name": "Good Ltd"}, {"name": "Better"})
    assert lines[2]["kind"] == "key"


async def test_several_are_asked_for_by_their_ids(front: Front) -> None:
    for id_ in ("b-one", "c-two"):
        await front.rt.db.execute("insert into tenants (id, name) values ($1, $1)", id_)
    answer = await front.ask("GET", "/api/v1/tenants?ids=c-two,acme,nobody")
    assert [one["id"] for one in (await answer.json())["tenants"]] == ["acme", "c-two"]
    own = await front.ask("GET", "/api/v1/tenants?ids=c-two,acme", key=await front.new_key())
    assert [one["id"] for one in (await own.json())["tenants"]] == ["acme"]
