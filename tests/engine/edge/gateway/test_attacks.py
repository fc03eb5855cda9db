"""What is tried at a gateway, by its name, and what comes of it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, get_args

import pytest
from aiohttp import ClientResponse
from pydantic import BaseModel

from tests.conftest import Configure
from tests.engine.edge.front import OWN, UNLIMITED, Front, opened
from xyper_engine.edge.health import Health
from xyper_engine.edge.server import address_of, bind, internal_app, public_app, serving
from xyper_engine.edge.widget.given import GivenContact, GivenOption
from xyper_engine.plugins import load
from xyper_engine.routing.pulse import Pulse

DRAFT = {"name": "a", "language": "en", "category": "UTILITY", "components": []}


async def send(
    front: Front, body: bytes, path: str = f"{OWN}/templates", kind: str = "application/json"
) -> ClientResponse:
    return await front.ask("POST", path, data=body, headers={"Content-Type": kind})


async def refused(answer: ClientResponse, status: int, words: str = "") -> None:
    assert answer.content_type == "application/problem+json"
    detail = (await answer.json())["detail"]
    assert (answer.status, words in detail) == (status, True), detail


# Bodies


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"null", "not an object"),
        (b"[{}]", "not an object"),
        (b'{"name": "a"', "not JSON"),
        (b"{'name': 'a'}", "not JSON"),
        (b'{"name": "\xff"}', "not JSON"),
        ("\ufeff{}".encode(), "not JSON"),
        ('{"name": "a"}'.encode("utf-16"), "not JSON"),
        (b'{"name": "\\ud800"}', "not JSON"),
        (b'{"name": NaN}', "not JSON"),
    ],
)
async def test_malformed_body(front: Front, body: bytes, words: str) -> None:
    await refused(await send(front, body), 400, words)


@pytest.mark.parametrize(
    "body", [b'{"name": "a", "name": "b"}', b'{"a": [{"x": 1, "x": 1}]}', b'{"a": 1, "\\u0061": 2}']
)
async def test_duplicate_keys(front: Front, body: bytes) -> None:
    await refused(await send(front, body), 400, "A name stands twice")


@pytest.mark.parametrize("depth", [33, 500, 2000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
async def test_deep_nesting(front: Front, depth: int, opening: bytes, closing: bytes) -> None:
    depth = min(depth, 240_000 // len(opening + closing))
    body = b'{"a":' + opening * depth + b"1" + closing * depth + b"}"
    await refused(await send(front, body), 400)


@pytest.mark.parametrize("number", [b"1e400", b"9007199254740992", b"-9" + b"9" * 30, b"1" * 5000, b"1e300"])
async def test_huge_numbers(front: Front, number: bytes) -> None:
    await refused(await send(front, b'{"name": ' + number + b"}"), 400)


@pytest.mark.parametrize(
    "body", [b'{"name": "a\\u0000b"}', b'{"a\\u0000b": 1}', b'{"a": ["\\u0000"]}', b'{"name": "a\x00b"}']
)
async def test_nul_bytes_in_the_body(front: Front, body: bytes) -> None:
    await refused(await send(front, body), 400)


async def test_oversized_body(front: Front) -> None:
    await refused(await send(front, b'{"name": "' + b"x" * 300_000 + b'"}'), 413)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/jsonx"]
)
async def test_wrong_content_type(front: Front, kind: str) -> None:
    """Among them the ones that a form on another's page can send without asking."""
    await refused(await send(front, json.dumps(DRAFT).encode(), kind=kind), 415, "application/json")


async def test_mass_assignment(front: Front) -> None:
    """A field that is not documented is refused, wherever it stands; each model of a body says so itself."""
    answer = await front.ask("GET", f"{OWN}/audit?tenant=other&role=xyper_admin")
    await refused(answer, 422, "tenant: Extra inputs")
    for route in front.routes:
        returned = route.action is None and route.method == "GET"  # a provider's answer, by way of a browser
        for model in (route.body, None if returned else route.query):
            for one in models(model):
                assert one.model_config.get("extra") == "forbid" or "root" in one.model_fields, (route.path, one)


def models(kind: Any) -> Iterator[type[BaseModel]]:
    """Those that stand in a type, and in their fields."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from models(field.annotation)
    for inner in get_args(kind):
        yield from models(inner)


TOLD_TO_CUSTOMERS: Mapping[type[BaseModel], set[str]] = {GivenOption: {"url"}, GivenContact: {"urls"}}
"""Parts of a message: nobody but the customer ever opens these."""


async def test_ssrf(front: Front) -> None:
    """No call takes an address that Xyper would then go to: whoever adds one has to judge it, and says so here."""
    given = {model for route in front.routes for model in (*models(route.body), *models(route.query))}
    fields = {name for model in given for name in set(model.model_fields) - TOLD_TO_CUSTOMERS.get(model, set())}
    assert not [name for name in fields if re.search(r"ur[il]|host|endpoint|callback|origin|webhook|redirect", name)]


# Addresses


@pytest.mark.parametrize(
    "path",
    [
        "/api/docs/../../xyper.toml",
        "/api/docs/..%2f..%2fxyper.toml",
        "/api/docs/%2e%2e/%2e%2e/xyper.toml",
        "/api/docs/viewer.js/../../secret.key",
        "/api/docs//etc/passwd",
        "/api/docs/%2fetc%2fpasswd",
        "/files/..%2f..%2fsecret.key/x",
        "/api/v1/tenants/acme%2f..%2fother/templates",
        "/api/v1/tenants/acme/../other/templates",
    ],
)
async def test_path_traversal(front: Front, path: str) -> None:
    status, head, _ = await raw(front, f"GET {path} HTTP/1.1", bearer=await front.new_key())
    assert status in (400, 404), head


@pytest.mark.parametrize("path", ["/api/v1/tenants/acme%00/templates", "/api/v1/tenants/a%0d%0ab/templates"])
async def test_control_characters_in_the_path(front: Front, path: str) -> None:
    status, _, body = await raw(front, f"GET {path} HTTP/1.1", bearer=front.key)
    assert status in (400, 404), body


@pytest.mark.parametrize("query", ["account=a%00b", "account=a%0d%0ab", "account=a&account=b", "limit=1&limit=2"])
async def test_pollution_of_the_query(front: Front, query: str) -> None:
    status, _, body = await raw(front, f"GET {OWN}/templates?{query} HTTP/1.1", bearer=front.key)
    assert status == 400, body


# HTTP itself


async def raw(front: Front, line: str, *headers: str, bearer: str = "") -> tuple[int, str, str]:
    """One request, byte for byte: status, head and body of what is answered to it."""
    proof = (f"Authorization: Bearer {bearer}",) if bearer else ()
    lines = (line, "Host: xyper", "Connection: close", *proof, *headers)
    return await exchange(front.http.server.port or 0, "\r\n".join((*lines, "", "")).encode())


async def exchange(port: int, request: bytes) -> tuple[int, str, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(10):
        answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split()[1]) if head else 0, head, body


@pytest.fixture
async def port(front: Front) -> AsyncIterator[int]:
    """The sockets as an engine serves them."""
    sockets = bind("127.0.0.1:0", "listen")
    app = public_app(front.rt, load(front.rt.settings))
    async with serving(app, sockets, 1.0, limit=front.rt.settings.server.body_limit):
        yield int(address_of(sockets[0]).rpartition(":")[2])
    sockets[0].close()


@pytest.mark.parametrize(
    "request_",
    [
        b"NONSENSE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header zq7\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-A: a\x00zq7\r\n\r\n",
        b"GET /api/v1/audit HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nzq7",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + b"zq7" * 10_000 + b"\r\n\r\n",
        b"POST /hooks/whatsapp/x HTTP/1.1\r\nHost: x\r\nContent-Length: zq7\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nzq7",
    ],
)
async def test_what_is_no_http(port: int, request_: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused like all else, and neither the answer nor the log repeats it."""
    status, head, body = await exchange(port, request_)
    assert (status, "application/problem+json" in head) == (400, True), head
    assert "zq7" not in head + body + capsys.readouterr().out
    assert "aiohttp" not in head


@pytest.mark.parametrize("given", ["a\r\nX-Evil: 1", "a\nSet-Cookie: x=1", "a\rb"])
@pytest.mark.parametrize("name", ["X-Request-Id", "Idempotency-Key", "Origin", "If-None-Match"])
async def test_header_injection(front: Front, name: str, given: str) -> None:
    """Nothing a client sends becomes a header of the answer."""
    status, head, _ = await raw(front, f"GET {OWN}/templates HTTP/1.1", f"{name}: {given}", bearer=front.key)
    assert status in (200, 400)
    assert "evil" not in head.lower()
    assert "set-cookie" not in head.lower()


async def test_each_listener_serves_its_own_only(front: Front, port: int) -> None:
    sockets = bind("127.0.0.1:0", "internal")
    async with serving(internal_app(Health(front.rt, Pulse(front.rt))), sockets, 1.0):
        inside = int(address_of(sockets[0]).rpartition(":")[2])
        for path in ("/live", "/ready", "/metrics"):
            assert (await exchange(port, request(path)))[0] == 404
            assert (await exchange(inside, request(path)))[0] in (200, 503)
        for path in ("/api/v1/openapi.json", "/api/docs", f"{OWN}/templates", "/hooks/whatsapp/x", "/files/a/b"):
            assert (await exchange(inside, request(path)))[0] == 404
            assert (await exchange(port, request(path)))[0] in (200, 401, 403, 404)
        assert (await exchange(port, request("/api/docs")))[0] == 200
    sockets[0].close()


def request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()


# Guessing


async def test_brute_force(configure: Configure, url: str) -> None:
    """After some guesses an address is not listened to, not even with a key that holds; another address still is."""
    limits = {**UNLIMITED, "refused": "5/minute"}
    server = {"proxies": ["127.0.0.1/32"]}
    async with opened(configure, url, {"limits": limits, "server": server}) as front:
        bad = [(await guess(front, f"xyk_{n:016x}_{'0' * 64}", "192.0.2.1")).status for n in range(8)]
        assert bad == [401] * 5 + [429] * 3
        shut = await guess(front, front.key, "192.0.2.1")
        assert (shut.status, int(shut.headers["Retry-After"]) > 0) == (429, True)
        assert (await guess(front, front.key, "192.0.2.2")).status == 200
        assert (await guess(front, front.key, "203.0.113.7, 192.0.2.2")).status == 200


async def guess(front: Front, key: str, address: str) -> ClientResponse:
    return await front.ask("GET", f"{OWN}/templates", key=key, headers={"X-Forwarded-For": address})


@pytest.mark.parametrize("scheme", ["Basic", "Token", "bearer\t", ""])
async def test_proof_of_another_kind(front: Front, scheme: str) -> None:
    answer = await front.ask(
        "GET", f"{OWN}/templates", key="", headers={"Authorization": f"{scheme} {front.key}".strip()}
    )
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_a_key_in_the_query_is_no_proof(front: Front) -> None:
    for name in ("key", "access_token", "api_key"):
        assert (await front.ask("GET", f"{OWN}/templates?{name}={front.key}", key="")).status == 401
