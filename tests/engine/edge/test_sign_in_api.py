"""A tenant's people sign in with Genesys, over HTTP on both sides; each test named after an attack is one."""

from collections.abc import AsyncIterator

import pytest
from yarl import URL

from tests.conftest import Configure
from tests.directory import put_tenant
from tests.engine.access.conftest import url
from tests.signing_in import APP, ONE, PAGES, TWO, SignInWorld, signing_in, tenant
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role
from xyper_engine.model import Endpoint
from xyper_engine.sealing import Sealer

__all__ = ["url"]


@pytest.fixture
async def world(configure: Configure, url: str) -> AsyncIterator[SignInWorld]:
    async with signing_in(configure({"database": {"url": url}})) as here:
        yield here


async def test_an_agent_signs_in_beside_a_conversation(world: SignInWorld) -> None:
    ines = await world.signed_in("ines")
    assert (ines.tenant, ines.role, ines.conversation) == ("tenant-1", Role.agent, world.conversation)
    assert ines.name == "Ines, an agent"


@pytest.mark.parametrize(("person", "role"), [("sofia", Role.supervisor), ("ada", Role.genesys_admin)])
async def test_whoever_may_see_all_needs_no_conversation(world: SignInWorld, person: str, role: Role) -> None:
    for conversation in (None, ""):
        caller = await world.signed_in(person, conversation)
        assert (caller.role, caller.tenant, caller.conversation) == (role, "tenant-1", None)


async def test_the_same_person_comes_again_with_todays_role(world: SignInWorld) -> None:
    first = await world.signed_in("ines")
    await world.genesys.call("PUT", "/api/cloud/people/ines", {"roles": ["supervisor"]})
    second = await world.signed_in("ines", None)
    assert (first.id, second.role) == (second.id, Role.supervisor)


async def test_a_role_given_here_counts_from_the_next_sign_in(world: SignInWorld) -> None:
    sofia = await world.signed_in("sofia", None)
    await world.rt.access.people.give_role(Caller.host(), sofia.id, "tenant-1", Role.agent)
    assert "An agent signs in from a conversation" in await world.refused("sofia", None)
    assert "You do not take part" in await world.refused("sofia")


async def test_the_token_of_genesys_stays_on_the_server_and_goes_with_the_session(world: SignInWorld) -> None:
    ines = await world.signed_in()
    assert ines.session
    held = await world.rt.sign_on.vendor_tokens.get("tenant-1", ines.session)
    assert held
    headers = {"Authorization": f"Bearer {held.value}"}
    me = f"{world.genesys.url}/cloud/api/v2/users/me"
    async with world.rt.http.get(me, headers=headers) as answer:
        assert (await answer.json())["id"] == "ines"
    await world.rt.access.sessions.end(Caller.host(), ines.session, "tenant-1")
    assert await world.rt.sign_on.vendor_tokens.get("tenant-1", ines.session) is None


async def test_a_session_ends_with_the_token_of_genesys(world: SignInWorld) -> None:
    await world.signed_in()
    lasts = "select extract(epoch from (s.expires_at - now())) / 3600 from sessions s"
    assert round(await world.rt.db.fetchval(lasts)) == 12  # ours are the shorter ones
    assert await world.rt.db.fetchval(
        "select bool_and(s.expires_at <= v.expires_at) from sessions s join vendor_tokens v on v.session = s.id"
    )


STRANGERS = {
    "of a foreign organisation": ("eve", "another Genesys organisation"),
    "deactivated": ("gone", "not active"),
    "who cancels": ("", "You did not sign in"),
}


@pytest.mark.parametrize(("person", "words"), STRANGERS.values(), ids=list(STRANGERS))
async def test_somebody(world: SignInWorld, person: str, words: str) -> None:
    assert words in await world.refused(person)


async def test_somebody_who_is_not_in_the_conversation(world: SignInWorld) -> None:
    await world.genesys.call("PUT", f"/api/cloud/conversations/{world.conversation}/person", {"id": "sofia"})
    assert "You do not take part" in await world.refused("ines")
    assert "You do not take part" in await world.refused("ines", "made-up")
    assert "An agent signs in from a conversation" in await world.refused("ines", None)


async def test_somebody_who_was_disabled_here(world: SignInWorld) -> None:
    ines = await world.signed_in()
    await world.rt.access.people.disable(Caller.host(), ines.id, "tenant-1")
    assert "You were shut out" in await world.refused("ines")


async def test_somebody_who_is_disabled_between_proof_and_finish(world: SignInWorld) -> None:
    known = await world.signed_in()
    window = await world.window()
    begun = await world.new(window)
    await world.came_back(window, begun["sid"])
    proof = await world.proof(window, begun["sid"])
    await world.rt.access.people.disable(Caller.host(), known.id, "tenant-1")
    assert (await world.finish(window, begun, proof))[0] == 401


async def test_state_from_another_browser(world: SignInWorld) -> None:
    """The attacker signs in and lets the victim's browser come back with it."""
    attacker, victim = await world.window(), await world.window()
    begun = await world.new(attacker)
    back = await attacker.choose(await world.to_login(attacker, begun["sid"]), "ines")
    assert (await victim.go(back))[0] == 403
    assert "another window" in victim.last
    assert (await attacker.go(back))[0] == 403  # used up


async def test_device_code_phishing(world: SignInWorld) -> None:
    """The attacker begins, the victim's browser is lured into going through with it: nothing comes of it."""
    attacker, victim = await world.window(), await world.window()
    begun = await world.new(attacker)
    assert (await world.came_back(victim, begun["sid"]))[0] == 303
    assert (await attacker.post(world.auth("proof"), {"sid": begun["sid"]}))[0] == 403
    assert (await world.finish(attacker, begun, ""))[0] == 403
    for guess in range(10):
        assert (await world.finish(attacker, begun, f"{guess:06d}"))[0] == 403
    assert await world.rt.db.fetchval("select count(*) from sessions") == 0


async def test_a_proof_is_good_once(world: SignInWorld) -> None:
    window = await world.window()
    begun = await world.new(window)
    await world.came_back(window, begun["sid"])
    proof = await world.proof(window, begun["sid"], short=True)
    assert [(await world.finish(window, begun, proof))[0] for _ in range(2)] == [200, 403]


async def test_a_code_of_genesys_is_no_other_windows(world: SignInWorld) -> None:
    """The verifier never left the server, so a code that was caught on its way opens nothing."""
    attacker, victim = await world.window(), await world.window()
    stolen = await victim.choose(await world.to_login(victim, (await world.new(victim))["sid"]), "ines")
    mine = await attacker.choose(await world.to_login(attacker, (await world.new(attacker))["sid"]), "eve")
    status, _ = await attacker.go(mine.update_query(code=stolen.query["code"]))
    assert (status, "does not accept this sign-in" in attacker.last) == (403, True)


async def test_another_apps_code_opens_nothing(world: SignInWorld) -> None:
    back = world.auth("callback")
    await world.genesys.call("PUT", "/api/cloud/login_clients/another", {"redirect_uris": [back]})
    window = await world.window()
    login = await world.to_login(window, (await world.new(window))["sid"])
    status, _ = await window.go(await window.choose(login.update_query(client_id="another"), "ines"))
    assert (status, "does not accept this sign-in" in window.last) == (403, True)


ELSEWHERE = [
    "&region=evil.example", "&gcTargetEnv=prod-usw2", "&redirect_uri=https://evil.example", "&client_id=evil",
    "&next=https://evil.example", "&organization_id=evil",
]  # fmt: skip


@pytest.mark.parametrize("more", ELSEWHERE)
async def test_region_and_redirect_taken_from_a_query(world: SignInWorld, more: str) -> None:
    """Where the login is comes from the tenant's record, and so does the way back: no open redirect."""
    window = await world.window()
    begun = await world.new(window)
    assert (await window.go(world.auth(f"start?sid={begun['sid']}{more}")))[0] == 422
    login = await world.to_login(window, begun["sid"])
    assert str(login.with_query(None)) == f"{world.genesys.url}/login/oauth/authorize"
    assert (login.query["redirect_uri"], login.query["client_id"]) == (world.auth("callback"), APP)
    back = await window.choose(login, "ines")
    # What a login adds to the way back is its own business: it is ignored.
    assert await window.go(f"{back}{more}") == (303, URL(world.auth(f"done?sid={begun['sid']}")))


@pytest.mark.parametrize("sid", ["", "made-up", "%00", "%ff", "a" * 101])
@pytest.mark.parametrize("step", ["start?sid=", "callback?code=x&state="])
async def test_a_made_up_sign_in(world: SignInWorld, step: str, sid: str) -> None:
    window = await world.window()
    assert (await window.go(world.auth(f"{step}{sid}")))[0] in (400, 403, 422)


async def test_a_sign_in_of_another_tenant_is_not_known(world: SignInWorld) -> None:
    await put_tenant(world.rt.db, Sealer.from_settings(world.rt.settings), tenant(TWO))
    window = await world.window()
    begun = await world.new(window)
    assert (await window.go(world.auth(f"start?sid={begun['sid']}", TWO)))[0] == 403
    await world.came_back(window, begun["sid"])
    proof = await world.proof(window, begun["sid"])
    assert (await window.post(world.auth("finish", TWO), {**begun, "proof": proof}))[0] == 403
    assert (await world.finish(window, begun, proof))[0] == 200


async def test_a_tenant_without_sign_in_is_told_like_one_that_is_not_there(world: SignInWorld) -> None:
    window = await world.window()
    told = [await window.post(f"{world.url}/widget/{one}/auth/new", {}) for one in (TWO.id, "nobody")]
    assert [status for status, _ in told] == [404, 404]
    assert told[0][1]["detail"].replace(TWO.id, "nobody") == told[1][1]["detail"]


async def test_an_organisation_that_was_corrected_meanwhile_counts(world: SignInWorld) -> None:
    sealer = Sealer.from_settings(world.rt.settings)
    window = await world.window()
    begun = await world.new(window)
    back = await window.choose(await world.to_login(window, begun["sid"]), "ines")
    await put_tenant(world.rt.db, sealer, tenant(organization_id="another"))
    async for _ in world.rt.directory.changes():
        account = await world.rt.directory.account(Endpoint(adapter="genesys", account=ONE.integration))
        if account and account.config["organization_id"] == "another":
            break
    assert (await window.go(back))[0] == 403
    assert "another Genesys organisation" in window.last


async def test_genesys_is_away(world: SignInWorld) -> None:
    window = await world.window()
    begun = await world.new(window)
    back = await window.choose(await world.to_login(window, begun["sid"]), "ines")
    await world.genesys.knobs("cloud", down=True)
    assert (await window.go(back))[0] == 503


async def test_the_cookie_is_the_windows_own(world: SignInWorld) -> None:
    window = await world.window()
    begun = await world.new(window)
    async with window.http.get(world.auth(f"start?sid={begun['sid']}"), allow_redirects=False) as answer:
        cookie = answer.headers["Set-Cookie"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert cookie.startswith(f"xyper-{begun['sid']}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=720"} <= set(cookie.split("; "))
    assert begun["secret"] not in cookie


async def test_nothing_secret_stands_in_an_address(world: SignInWorld) -> None:
    window = await world.window()
    begun = await world.new(window)
    login = await world.to_login(window, begun["sid"])
    cookie = next(iter(window.http.cookie_jar)).value
    _, done = await world.came_back(window, begun["sid"])
    for address in (login, done):
        assert begun["secret"] not in str(address)
        assert cookie not in str(address)
    assert done == URL(world.auth(f"done?sid={begun['sid']}"))


async def test_the_pages_run_only_what_is_ours_and_are_framed_by_nobody(world: SignInWorld) -> None:
    window = await world.window()
    for place in ("done?sid=x", "start?sid=x"):
        async with window.http.get(world.auth(place), headers=PAGES) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert answer.content_type == "text/html"
            assert "Cross-Origin-Opener-Policy" not in answer.headers
            assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'; script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
    for name in ("done.js", "done.css"):
        assert (await window.go(f"{world.url}/static/sign-in/{name}"))[0] == 200
    assert (await window.go(f"{world.url}/static/sign-in/../../../sql/schema.sql"))[0] == 404


async def test_words_of_a_refusal_are_text(world: SignInWorld) -> None:
    window = await world.window()
    status, _ = await window.go(f"{world.url}/widget/%3Cscript%3Ealert(1)%3C%2Fscript%3E/auth/start?sid=x")
    assert (status, "<script>" in window.last, "&lt;script&gt;" in window.last) == (403, False, True)


async def test_a_program_is_told_of_a_refusal_as_everywhere_else(world: SignInWorld) -> None:
    window = await world.window()
    async with window.http.get(world.auth("start?sid=made-up")) as answer:
        assert (answer.status, answer.content_type) == (403, "application/problem+json")
        assert (await answer.json())["detail"] == "This sign-in is over: begin again."
