"""How far our clock is from others', by the `Date` of real answers."""

import time
from email.utils import formatdate

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from xyper_engine.clocks import HOSTS, Clocks


@pytest.mark.parametrize("ahead", [0.0, 90.0, -3600.0])
async def test_an_answers_date_tells(ahead: float) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(headers={"Date": formatdate(time.time() + ahead, usegmt=True)})

    app = web.Application()
    app.add_routes([web.get("/", answer)])
    clocks = Clocks()
    async with TestServer(app) as server, aiohttp.ClientSession(response_class=clocks.response_class()) as http:
        (await http.get(server.make_url("/"))).close()
    assert clocks.skews["127.0.0.1"] == pytest.approx(ahead, abs=1.5)


def test_one_late_answer_says_nothing_and_only_so_many_hosts_are_known() -> None:
    clocks = Clocks()
    for late in (0.0, 0.0, 45.0, 0.0, 0.0):
        clocks.heard("a", formatdate(1000.0 - late, usegmt=True), 1000.5)
    clocks.heard("a", "yesterday", 1000.0)
    assert clocks.skews["a"] == 0.0
    for n in range(HOSTS + 5):
        clocks.heard(f"h{n}", formatdate(1000.0, usegmt=True), 1000.0)
    assert len(clocks.skews) == HOSTS
