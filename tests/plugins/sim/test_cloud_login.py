"""The simulated Genesys Cloud's login: codes with PKCE, whose token opens what, who takes part where."""

from collections.abc import Mapping
from typing import Any

import pytest
from yarl import URL

from tests.plugins.sim.cloud_world import World, told, world
from xyper_sim.cloud_login import challenge

APP, BACK = "panel", "https://xyper.example/widget/acme/auth/callback"
VERIFIER = "v" * 43
ASKED = {
    "client_id": APP, "redirect_uri": BACK, "response_type": "code", "state": "s & t",
    "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256",
}  # fmt: skip
INES: Mapping[str, Any] = {"id": "u-ines", "name": "Ines <Duarte>", "email": "ines@example.com"}
SOFIA: Mapping[str, Any] = {"id": "u-sofia", "name": "Sofia", "roles": ["Supervisor"],
                            "permissions": ["conversation:communication:view"]}  # fmt: skip
CLOUD: Mapping[str, Any] = {
    "login_clients": [{"client_id": APP, "redirect_uris": [BACK]}, {"client_id": "b", "redirect_uris": [BACK]}],
    "people": [INES, SOFIA],
}


async def page(here: World, method: str = "GET", **asked: str) -> tuple[int, str, URL]:
    """The login's page: status, text, and where it sends the browser."""
    values = {**ASKED, **asked}
    given = {"params" if method == "GET" else "data": values}
    place = f"{here.sim.url}/login/oauth/authorize"
    async with here.http.request(method, place, allow_redirects=False, **given) as answer:  # type: ignore[arg-type]
        return answer.status, await answer.text(), URL(answer.headers.get("Location", ""))


async def code(here: World, person: str = "u-ines") -> str:
    status, _, where = await page(here, "POST", person=person)
    assert (status, where.query["state"]) == (302, "s & t")
    assert str(where.with_query(None)) == BACK
    return where.query["code"]


async def token(here: World, **form: str) -> tuple[int, dict[str, Any]]:
    given = {"grant_type": "authorization_code", "client_id": APP, "redirect_uri": BACK, "code_verifier": VERIFIER}
    async with here.http.post(f"{here.sim.url}/login/oauth/token", data={**given, **form}) as answer:
        return answer.status, await answer.json()


async def signed_in(here: World, person: str = "u-ines") -> str:
    status, body = await token(here, code=await code(here, person))
    assert (status, body["token_type"]) == (200, "bearer")
    return str(body["access_token"])


async def test_the_page_lets_one_choose_who_one_is() -> None:
    async with world(**CLOUD) as here:
        status, text, _ = await page(here)
        assert (status, "Ines &lt;Duarte&gt;" in text, 'value="s &amp; t"' in text) == (200, True, True)


async def test_whoever_cancels_comes_back_without_a_code() -> None:
    async with world(**CLOUD) as here:
        _, _, where = await page(here, "POST", person="")
        assert dict(where.query) == {"error": "access_denied", "state": "s & t"}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("asked", [{"client_id": "nobody"}, {"redirect_uri": f"{BACK}/../evil"}])
async def test_strangers_are_never_redirected_to(method: str, asked: dict[str, str]) -> None:
    async with world(**CLOUD) as here:
        status, _, where = await page(here, method, **asked)
        assert (status, str(where)) == (400, "")


@pytest.mark.parametrize("asked", [{"response_type": "token"}, {"code_challenge_method": "plain"}])
async def test_the_implicit_grant_and_codes_without_pkce_are_gone(asked: dict[str, str]) -> None:
    async with world(**CLOUD) as here:
        assert (await page(here, **asked))[2].query["error"] == "invalid_request"


@pytest.mark.parametrize(
    "form", [{"code_verifier": "w" * 43}, {"client_id": "b"}, {"redirect_uri": f"{BACK}?x"}, {"code": "made up"}]
)
async def test_a_code_that_opens_nothing(form: dict[str, str]) -> None:
    async with world(**CLOUD) as here:
        status, body = await token(here, **{"code": await code(here), **form})
        assert (status, body["error"]) == (400, "invalid_grant")


async def test_a_code_is_good_once_and_for_two_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with world(**CLOUD) as here:
        first = await code(here)
        assert [(await token(here, code=first))[0] for _ in range(2)] == [200, 400]
        late = await code(here)
        monkeypatch.setattr("xyper_sim.cloud_login.CODE_SECONDS", -1.0)
        assert (await token(here, code=await code(here)))[0] == 400
        assert (await token(here, code=late))[0] == 200


async def test_a_token_says_whose_it_is_and_of_which_app() -> None:
    async with world(**CLOUD) as here:
        mine = await signed_in(here)
        me = (await here.call("GET", "users/me?expand=organization,authorization,token", token=mine)).body
        told("UserMe", me)
        assert (me["id"], me["state"], me["token"]["OAuthClient"]["id"]) == ("u-ines", "active", APP)
        assert me["organization"]["id"] == (await here.call("GET", "organizations/me", token=mine)).body["id"]
        assert me["authorization"]["roles"] == [{"id": "employee", "name": "employee"}]
        assert "organization" not in (await here.call("GET", "users/me", token=mine)).body
        assert (await here.call("GET", "tokens/me", token=mine)).body["OAuthClient"]["id"] == APP
        assert (await here.call("GET", "users/me")).status == 400


async def test_who_may_see_a_conversation() -> None:
    async with world(**CLOUD) as here:
        conversation = await here.conversation()
        place = f"conversations/messages/{conversation}"
        ines, sofia = await signed_in(here), await signed_in(here, "u-sofia")
        assert (await here.call("GET", place, token=ines)).status == 403
        assert (await here.call("GET", place, token=sofia)).status == 200
        await here.control("PUT", f"cloud/conversations/{conversation}/person", {"id": "u-ines"})
        seen = await here.call("GET", place, token=ines)
        told("MessageConversation", seen.body)
        assert [one.get("user", {}).get("id") for one in seen.body["participants"]] == [None, "u-ines"]
        whole = told("Conversation", (await here.call("GET", f"conversations/{conversation}")).body)
        assert [one.get("userId") for one in whole["participants"]] == [None, "u-ines"]
        assert (await here.call("GET", f"conversations/{conversation}", token=ines)).status == 403


async def test_conversations_are_given_to_somebody() -> None:
    async with world(**CLOUD, agent="u-ines") as here:
        place = f"conversations/messages/{await here.conversation()}"
        assert (await here.call("GET", place, token=await signed_in(here))).status == 200


async def test_people_and_apps_change_while_it_runs() -> None:
    async with world() as here:
        await here.control("PUT", f"cloud/login_clients/{APP}", {"redirect_uris": [BACK]})
        await here.control("PUT", "cloud/people/u-new", {"name": "New"})
        mine = await signed_in(here, "u-new")
        await here.control("PUT", "cloud/people/u-new", {"state": "inactive"})
        assert (await here.call("GET", "users/me", token=mine)).body["state"] == "inactive"


async def test_a_login_can_cut_the_way_back() -> None:
    async with (
        world(**CLOUD, login_isolated=True) as here,
        here.http.get(f"{here.sim.url}/login/oauth/authorize", params=ASKED) as answer,
    ):
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
