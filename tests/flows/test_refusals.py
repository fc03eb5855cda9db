"""What the edge refuses, in words, and that nothing of it is stored."""

import aiohttp
import pytest

from tests.flows import wire
from tests.flows.conftest import Build
from tests.world import OPERATOR, VERIFY, Tenant

ONE = Tenant(1)
GOOD = wire.body(wire.entry(ONE, wire.change(ONE.number, [wire.text("wamid.1", "hello")])))
ODD = {
    "an accent": "é".encode(),
    "an emoji": "🤨".encode(),
    "an escaped slash": rb"\/",
    "an escaped accent": rb"\u00e4",
    "CRLF": b" \r\n ",
}


@pytest.fixture(params=["embedded"])
async def parts() -> dict[str, object]:
    """The edge is the same on any parts."""
    return {}


@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
async def test_a_body_is_accepted_if_and_only_if_the_bytes_match(build: Build, odd: bytes) -> None:
    raw = GOOD.replace(b"hello", odd) if odd.strip() else GOOD.replace(b", ", b"," + odd)
    async with build() as bridge:
        tampered = raw.replace(b"393331234567", b"393331234568")
        headers = {"X-Hub-Signature-256": wire.signature(raw)}
        address = f"{bridge.url}/hooks/whatsapp/{OPERATOR}"
        async with aiohttp.ClientSession() as http, http.post(address, data=tampered, headers=headers) as refused:
            assert refused.status == 403
        assert (await wire.post(bridge.url, raw))[0] == 200
        [message] = await bridge.world.reached(1)
        assert message["body"]["channel"]["from"]["id"].endswith("393331234567")


@pytest.mark.parametrize(
    ("raw", "signed", "path", "status", "words"),
    [
        (GOOD, None, f"/hooks/whatsapp/{OPERATOR}", 401, ""),
        (GOOD, "another secret", f"/hooks/whatsapp/{OPERATOR}", 403, ""),
        (GOOD, "right", "/hooks/whatsapp/nobody", 404, "no such webhook address"),
        (GOOD, "right", "/hooks/telegram/operator", 404, "no such webhook address"),
        (GOOD, "right", "/hooks/genesys/operator", 404, "no such webhook address"),
        (b"{not json", "right", f"/hooks/whatsapp/{OPERATOR}", 400, ""),
        (b"[]", "right", f"/hooks/whatsapp/{OPERATOR}", 400, ""),
        (b" " * 5_000_000, "right", f"/hooks/whatsapp/{OPERATOR}", 413, ""),
        (b"{}", "right", "/nothing/here", 404, ""),
    ],
)
async def test_refusals_are_problems_in_words(
    build: Build, raw: bytes, signed: str | None, path: str, status: int, words: str
) -> None:
    async with build() as bridge:
        answered, problem = await wire.post(bridge.url, raw, signed=signed, path=path)
        assert answered == status
        assert problem["status"] == status
        assert problem["instance"].startswith("urn:uuid:")
        assert words in problem["detail"]
        assert "Traceback" not in str(problem)
        assert await bridge.stored() == 0
        assert await bridge.world.call("GET", "/api/cloud/received") == []


async def test_a_hook_without_a_secret_refuses_everything(build: Build) -> None:
    async with build() as bridge:
        await bridge.add_hook("bare", secrets=("lost",))
        await bridge.engine.rt.db.execute("delete from secrets where owner = 'hook:bare'")
        for signed in (None, "", "right"):
            answered, _ = await wire.post(bridge.url, GOOD, signed=signed, path="/hooks/whatsapp/bare")
            assert answered in (401, 403)


async def test_two_secrets_are_valid_at_once_while_one_replaces_the_other(build: Build) -> None:
    async with build() as bridge:
        await bridge.add_hook("turning", secrets=("old", "new"))
        for secret, expected in (("old", 200), ("new", 200), ("older", 403)):
            answered, _ = await wire.post(bridge.url, GOOD, signed=secret, path="/hooks/whatsapp/turning")
            assert answered == expected, secret


@pytest.mark.parametrize(("token", "status", "text"), [(VERIFY, 200, "1158201444"), ("wrong", 403, None)])
async def test_metas_handshake(build: Build, token: str, status: int, text: str | None) -> None:
    async with build() as bridge, aiohttp.ClientSession() as http:
        asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
        async with http.get(f"{bridge.url}/hooks/whatsapp/{OPERATOR}", params=asked) as answer:
            assert answer.status == status
            assert text is None or await answer.text() == text


async def test_a_tenants_own_hook_may_speak_for_that_tenant_only(build: Build) -> None:
    async with build(tenants=2) as bridge:
        await bridge.add_hook("own", tenant=bridge.tenants[1], secrets=("own secret",))
        answered, _ = await wire.post(bridge.url, GOOD, signed="own secret", path="/hooks/whatsapp/own")
        assert answered == 200, "it is genuine, so Meta must not send it again"
        assert await bridge.world.call("GET", "/api/cloud/received?count=1&timeout=0.3") == []
