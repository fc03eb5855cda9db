"""A port that two listen on, and one leaves: whoever knocks meanwhile is answered, by one of them."""

import asyncio
import socket

import aiohttp
import pytest
from aiohttp import web

from tests.world import eventually
from xyper_engine.edge.farewell import stop_hearing
from xyper_engine.edge.server import bind, serving


def app(name: str) -> web.Application:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=name)

    made = web.Application()
    made.add_routes([web.get("/", answer)])
    return made


async def knock(port: int, heard: list[str], over: asyncio.Event) -> None:
    """A new connection each time, and no second try."""
    while not over.is_set():
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
            http.get(f"http://127.0.0.1:{port}/") as answer,
        ):
            heard.append(await answer.text())


async def both(heard: list[str]) -> bool:
    return len(set(heard)) == 2


async def so_many(heard: list[str], count: int) -> bool:
    return len(heard) >= count


async def test_nobody_who_knocks_is_refused() -> None:
    [stays] = bind("127.0.0.1:0", "listen", shared=True)
    port = stays.getsockname()[1]
    [leaves] = bind(f"127.0.0.1:{port}", "listen", shared=True)
    heard, over = list[str](), asyncio.Event()
    async with serving(app("stays"), [stays], 1.0, shared=True):
        async with serving(app("leaves"), [leaves], 1.0, shared=True):
            knocking = [asyncio.create_task(knock(port, heard, over)) for _ in range(8)]
            assert await eventually(lambda: both(heard))
        leaves.close()
        so_far = len(heard)
        assert await eventually(lambda: so_many(heard, so_far + 50))
        over.set()
        await asyncio.gather(*knocking)  # raises what one of them met
    assert set(heard[so_far + 8 :]) == {"stays"}
    stays.close()


async def test_what_is_not_heard_asks_again() -> None:
    """And what was there before goes on."""
    [sock] = bind("127.0.0.1:0", "listen", shared=True)
    async with serving(app("one"), [sock], 1.0):
        address = f"http://127.0.0.1:{sock.getsockname()[1]}/"
        async with aiohttp.ClientSession() as http:
            async with http.get(address) as answer:
                assert await answer.text() == "one"
            stop_hearing([sock])
            async with http.get(address) as answer:
                assert await answer.text() == "one", "by the connection that was open"
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await asyncio.open_connection("127.0.0.1", sock.getsockname()[1])
    sock.close()


def test_a_shared_port_is_not_listened_to_before_anybody_accepts() -> None:
    [sock] = bind("127.0.0.1:0", "listen", shared=True)
    with sock, socket.socket() as other, pytest.raises(ConnectionRefusedError):
        other.connect(sock.getsockname())
