"""How an account is set up at the simulated Meta: registration, subscriptions and their handshake, a token's state."""

from typing import Any

import pytest

from tests.plugins.sim.ground import APP, NUMBER, TOKEN, WABA, World, receiver, text, world

REGISTER = f"/graph/v25.0/{NUMBER}/register"
APPS = f"/graph/v25.0/{WABA}/subscribed_apps"


def _pin(pin: str = "123456") -> dict[str, str]:
    return {"messaging_product": "whatsapp", "pin": pin}


async def _number(here: World, **values: Any) -> None:
    assert (await here.call("PUT", f"/api/graph/numbers/{NUMBER}", values))[0] == 200


async def _shown(here: World, fields: str) -> Any:
    return (await here.call("GET", f"/graph/v25.0/{NUMBER}?fields={fields}"))[1]


async def test_a_number_sends_nothing_before_it_is_registered() -> None:
    async with world() as here:
        await _number(here, registered=False)
        assert (await here.send(text()))[1]["error"]["code"] == 133010
        shown = await _shown(here, "status,platform_type,health_status")
        assert (shown["status"], shown["platform_type"]) == ("PENDING", "NOT_APPLICABLE")
        assert shown["health_status"]["can_send_message"] == "BLOCKED"
        assert await here.call("POST", REGISTER, _pin()) == (200, {"success": True})
        assert (await here.send(text()))[0] == 200
        assert (await _shown(here, "status,is_pin_enabled"))["is_pin_enabled"] is True


@pytest.mark.parametrize(
    ("number", "body", "code"),
    [
        ({"pin": "654321"}, _pin(), 133005),
        ({"verified": False}, _pin(), 133006),
        ({}, _pin("12345"), 100),
        ({}, {"pin": "123456"}, 100),
    ],
    ids=["another PIN", "not verified", "five digits", "no product"],
)
async def test_a_registration_that_is_refused(number: dict[str, Any], body: dict[str, str], code: int) -> None:
    async with world() as here:
        await _number(here, registered=False, **number)
        status, answer = await here.call("POST", REGISTER, body)
        assert (status, answer["error"]["code"]) == (400, code)
        assert (await _shown(here, "status"))["status"] == "PENDING"


async def test_registrations_are_limited() -> None:
    async with world() as here:
        for _ in range(10):
            assert (await here.call("POST", REGISTER, _pin()))[0] == 200
        assert (await here.call("POST", REGISTER, _pin()))[1]["error"]["code"] == 133016


async def test_the_numbers_of_a_waba() -> None:
    async with world() as here:
        _, listed = await here.call("GET", f"/graph/v25.0/{WABA}/phone_numbers?fields=display_phone_number,status")
        assert listed["data"] == [{"id": NUMBER, "display_phone_number": "15550783881", "status": "CONNECTED"}]


async def test_an_override_is_called_before_it_is_taken() -> None:
    async with world() as here, receiver() as other:
        taken = await here.call("POST", APPS, {"override_callback_uri": other.url, "verify_token": "x"})
        assert taken == (200, {"success": True})
        _, listed = await here.call("GET", APPS)
        assert [row["override_callback_uri"] for row in listed["data"]] == [other.url]
        assert (await _shown(here, "webhook_configuration"))["webhook_configuration"] == {
            "application": here.hook.url,
            "whatsapp_business_account": other.url,
        }


@pytest.mark.parametrize(
    ("path", "token", "code"),
    [("/nowhere", "x", 2200), ("/hook", "", 100), ("/hook?" + "x" * 200, "x", 100)],
    ids=["no such page", "no verify token", "too long"],
)
async def test_an_override_that_is_not_taken(path: str, token: str, code: int) -> None:
    async with world() as here:
        url = here.hook.url.removesuffix("/hook") + path
        status, answer = await here.call("POST", APPS, {"override_callback_uri": url, "verify_token": token})
        assert (status, answer["error"]["code"]) == (400, code)
        _, listed = await here.call("GET", APPS)
        assert ["override_callback_uri" in row for row in listed["data"]] == [False]


async def test_an_override_that_cannot_be_reached() -> None:
    async with world() as here:
        body = {"override_callback_uri": "http://127.0.0.1:1/hook", "verify_token": "x"}
        _, answer = await here.call("POST", APPS, body)
        assert answer["error"]["message"].endswith("Failed to connect")


async def test_nobody_is_subscribed_unless_it_is_said() -> None:
    number = {"phone_number_id": "1", "waba_id": "2", "display": "3", "access_token": TOKEN, "app": APP}
    async with world({"numbers": [{**number, "subscribed": False}]}) as here:
        assert await here.call("GET", "/graph/v25.0/2/subscribed_apps") == (200, {"data": []})


@pytest.mark.parametrize(
    ("number", "valid", "expires", "scopes", "targets"),
    [
        ({}, True, 0, ["whatsapp_business_management", "whatsapp_business_messaging"], [WABA]),
        ({"token_expires": 4102444800}, True, 4102444800, None, [WABA]),
        ({"token_expires": 1}, False, 1, None, [WABA]),
        ({"scopes": ["whatsapp_business_messaging"]}, True, 0, ["whatsapp_business_messaging"], [WABA]),
        ({"token_wabas": ["another"]}, True, 0, None, ["another"]),
    ],
)
async def test_what_a_token_is_said_to_be(
    number: dict[str, Any], valid: bool, expires: int, scopes: list[str] | None, targets: list[str]
) -> None:
    async with world() as here:
        await _number(here, **number)
        _, answer = await here.call("GET", f"/graph/v25.0/debug_token?input_token={TOKEN}")
        data = answer["data"]
        assert (data["is_valid"], data["expires_at"]) == (valid, expires)
        assert scopes in (None, data["scopes"])
        assert [scope["target_ids"] for scope in data["granular_scopes"]] == [targets] * len(data["scopes"])


async def test_a_token_without_management_sees_no_subscriptions() -> None:
    async with world() as here:
        await _number(here, scopes=["whatsapp_business_messaging"])
        status, answer = await here.call("GET", APPS)
        assert (status, answer["error"]["code"]) == (403, 200)
        assert answer["error"]["fbtrace_id"]


async def test_every_answer_has_a_trace() -> None:
    async with world() as here, here.http.get(f"{here.sim.url}{APPS}?access_token={TOKEN}") as answer:
        assert answer.headers["x-fb-trace-id"]
