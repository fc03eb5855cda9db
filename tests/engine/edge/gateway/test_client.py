"""Who the client is, behind proxies and behind lies; asked of a real server."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from xyper_engine.edge.gateway.client import Network, Proxies, counted

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
X, F = "X-Forwarded-For", "Forwarded"
NONE: tuple[Network, ...] = ()
OURS = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"))

Asked = TestClient[web.Request, web.Application]


@pytest.fixture
async def ask() -> AsyncIterator[Asked]:
    """Answers with what the `Proxies` of that path make of a request from 127.0.0.1."""
    known = {"/x": Proxies(OURS, X), "/f": Proxies(OURS, F), "/none": Proxies(NONE, X)}
    app = web.Application()

    async def told(request: web.Request) -> web.Response:
        client = known[request.path].client(request)
        return web.json_response([client.address, client.request_id])

    app.add_routes([web.get(path, told) for path in known])
    async with TestClient(TestServer(app)) as http:
        yield http


async def seen(ask: Asked, path: str, *headers: tuple[str, str]) -> tuple[str, str]:
    async with ask.get(path, headers=list(headers)) as answer:
        address, request_id = await answer.json()
    return address, request_id


@pytest.mark.parametrize(
    ("path", "headers", "address"),
    [
        ("/none", [(X, "192.0.2.1")], "127.0.0.1"),
        ("/x", [], "127.0.0.1"),
        ("/x", [(X, "192.0.2.1")], "192.0.2.1"),
        ("/x", [(X, "192.0.2.1, 10.1.2.3")], "192.0.2.1"),
        ("/x", [(X, "192.0.2.1:4711")], "192.0.2.1"),
        ("/x", [(X, "[2001:db8:2::1]:4711")], "2001:db8:2::1"),
        ("/x", [(X, "2001:db8:2::1, 2001:db8:1::7")], "2001:db8:2::1"),
        ("/x", [(X, "::ffff:192.0.2.1")], "192.0.2.1"),
        ("/x", [(X, "10.0.0.1, 10.0.0.2")], "10.0.0.1"),
        ("/f", [(F, "for=192.0.2.1;proto=https;by=10.0.0.1")], "192.0.2.1"),
        ("/f", [(F, 'for="[2001:db8:2::1]:4711", For=10.0.0.1')], "2001:db8:2::1"),
    ],
)
async def test_the_client_behind_proxies(ask: Asked, path: str, headers: list[tuple[str, str]], address: str) -> None:
    assert (await seen(ask, path, *headers))[0] == address


@pytest.mark.parametrize(
    ("path", "headers", "address"),
    [
        # The client's own invention stands left of what our proxy heard.
        ("/x", [(X, "203.0.113.9, 192.0.2.1")], "192.0.2.1"),
        ("/x", [(X, "10.9.9.9, 192.0.2.1, 10.0.0.2")], "192.0.2.1"),
        # In a header of its own, before the proxy's.
        ("/x", [(X, "203.0.113.9"), (X, "192.0.2.1")], "192.0.2.1"),
        # In the header that our proxies do not write.
        ("/x", [(F, "for=203.0.113.9")], "127.0.0.1"),
        ("/f", [(X, "203.0.113.9")], "127.0.0.1"),
        # No address at all: as far as we can see is who handed it on.
        ("/x", [(X, "unknown")], "127.0.0.1"),
        ("/x", [(X, "203.0.113.9, unknown, 10.0.0.2")], "10.0.0.2"),
        ("/x", [(X, "1.2.3.4.5")], "127.0.0.1"),
        ("/x", [(X, "")], "127.0.0.1"),
        ("/f", [(F, "for=_hidden")], "127.0.0.1"),
        ("/f", [(F, "by=203.0.113.9")], "127.0.0.1"),
    ],
)
async def test_a_spoofed_address_is_not_believed(
    ask: Asked, path: str, headers: list[tuple[str, str]], address: str
) -> None:
    assert (await seen(ask, path, *headers))[0] == address


async def test_a_proxys_request_id_is_kept(ask: Asked) -> None:
    assert (await seen(ask, "/x", ("X-Request-Id", ID)))[1] == ID


@pytest.mark.parametrize(
    "given", ["short", "a b c d e f g h", "x" * 65, 'id"with"quotes', "-begins-with-it", "ünïcödé-id"]
)
async def test_a_request_id_that_is_no_plain_token_is_replaced(ask: Asked, given: str) -> None:
    assert (await seen(ask, "/x", ("X-Request-Id", given)))[1] != given


async def test_a_strangers_request_id_is_replaced(ask: Asked) -> None:
    assert (await seen(ask, "/none", ("X-Request-Id", ID)))[1] != ID


@pytest.mark.parametrize(
    ("address", "under"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("", ""),
    ],
)
def test_a_customer_of_a_provider_is_one_client_whatever_address_they_take(address: str, under: str) -> None:
    assert counted(address) == under
