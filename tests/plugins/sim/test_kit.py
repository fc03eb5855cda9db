"""The kit: signed delivery with each vendor's retry policy, the knobs, the live line, a process of its own."""

import asyncio
import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import xyper_sim
from tests.plugins.sim.ground import NUMBER, receiver, text, world
from xyper_sim.kit import make_kit
from xyper_sim.settings import SimSettings
from xyper_sim.webhooks import GENESYS, META, RetryPolicy, sign_base64, sign_hex

if TYPE_CHECKING:
    from xyper_engine.runtime import Runtime


def test_signatures_are_those_of_the_vendors() -> None:
    body = b'{"text":"gr\\u00fc\\u00df"}'  # the digest: openssl dgst -sha256 -hmac s3cret
    assert sign_hex("s3cret", body) == "sha256=a86164463d1b64cee5ebeaef1c595de978dce3b1ff70c49d4dead0946f255888"
    assert sign_base64("s3cret", body) == "sha256=qGFkRj0bZM7l6+rvHFld6Xjc47H/cMSdTerQlG8lWIg="


@pytest.mark.parametrize(
    ("policy", "answers", "state", "tries"),
    [
        (META, [], "delivered", 1),
        (META, [500, 204, 404, 301], "delivered", 5),  # anything but 200 is retried
        (GENESYS, [], "delivered", 1),
        (GENESYS, [204], "delivered", 1),
        (GENESYS, [503, 429, 500], "delivered", 4),
        (GENESYS, [500] * 9, "lost", 6),  # five retries, then given up
        (GENESYS, [400], "lost", 1),  # a 4xx is never retried
        (GENESYS, [302], "lost", 1),
    ],
)
async def test_each_vendor_retries_in_its_own_way(
    policy: RetryPolicy, answers: list[int], state: str, tries: int
) -> None:
    kit = make_kit(SimSettings(time_scale=0.001))
    async with receiver() as hook:
        hook.answers = list(answers)
        delivery = kit.webhooks.send("graph", hook.url, b"{}", {}, policy)
        await kit.webhooks.settled()
        assert (delivery.state, len(delivery.attempts)) == (state, tries)
        await kit.close()


async def test_a_broken_connection_and_a_timeout_are_retried() -> None:
    kit = make_kit(SimSettings(time_scale=0.001))

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    deaf = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{deaf.sockets[0].getsockname()[1]}/"
    hung = kit.webhooks.send("cloud", url, b"{}", {}, replace(GENESYS, timeout=0.05, tries=2))
    refused = kit.webhooks.send("cloud", "http://127.0.0.1:1/", b"{}", {}, replace(GENESYS, tries=2))
    await kit.webhooks.settled()
    assert [attempt.status for attempt in (*hung.attempts, *refused.attempts)] == [None] * 4
    assert (hung.attempts[0].error, hung.state, refused.state) == ("TimeoutError", "lost", "lost")
    await kit.close()
    deaf.close()


def test_meta_waits_longer_and_longer_genesys_five_seconds() -> None:
    assert [META.pause(n) for n in (1, 2, 3, 40)] == [1.0, 2.0, 4.0, 3600.0]
    assert [GENESYS.pause(n) for n in (1, 2, 5)] == [5.0, 5.0, 5.0]


def test_genesys_gives_up_after_85_seconds_unless_the_knob_says_otherwise() -> None:
    """Six tries of ten seconds; `retry_pause` scales the pauses between them and nothing else."""
    assert GENESYS.tries is not None
    pause = SimSettings().cloud.retry_pause
    assert (pause, GENESYS.first, GENESYS.longest) == (5.0, 5.0, 5.0)
    assert GENESYS.tries * GENESYS.timeout + (GENESYS.tries - 1) * pause == 85.0


async def test_a_lane_keeps_order_through_retries_and_other_lanes_pass() -> None:
    kit = make_kit(SimSettings(time_scale=0.01))
    async with receiver() as hook:
        hook.answers = [500, 500]
        for body in (b"1", b"2", b"3"):
            kit.webhooks.send("graph", hook.url, body, {}, META, lane="ada")
        await hook.until(lambda: len(hook.seen) >= 1)
        kit.webhooks.send("graph", hook.url, b"other", {}, replace(META, taken=frozenset({200, 500})), lane="bob")
        await kit.webhooks.settled()
        assert [seen.body for seen in hook.seen if seen.body != b"other"][-3:] == [b"1", b"2", b"3"]
        assert [seen.body for seen in hook.seen].index(b"other") < [seen.body for seen in hook.seen].index(b"2")
        await kit.close()


async def test_webhooks_are_doubled_on_demand() -> None:
    async with world() as here:
        await here.call("POST", "/api/knobs", {"side": "graph", "duplicate_webhooks": 1})
        await here.write("twice")
        await here.sim.kit.webhooks.settled()
        assert [message["text"]["body"] for message in here.hook.messages] == ["twice", "twice"]
        assert here.hook.seen[0].body == here.hook.seen[1].body


async def test_webhooks_overtake_each_other_on_demand() -> None:
    async with world() as here:
        await here.call("POST", "/api/knobs", {"side": "graph", "reorder_webhooks": True})
        for n in range(30):
            await here.write(str(n))
        await here.sim.kit.webhooks.settled()
        came = [int(message["text"]["body"]) for message in here.hook.messages]
        assert sorted(came) == list(range(30)) != came


async def test_knobs_are_shown_turned_and_reset() -> None:
    async with world() as here:
        status, knobs = await here.call("POST", "/api/knobs", {"side": "graph", "latency_ms": 5, "batch": 3})
        assert (status, knobs["graph"]["latency_ms"], knobs["graph"]["batch"]) == (200, 5, 3)
        _, knobs = await here.call("POST", "/api/knobs", {"side": "graph", "jitter_ms": 1})
        assert (knobs["graph"]["latency_ms"], knobs["cloud"]["latency_ms"]) == (5, 0)
        await here.call("DELETE", "/api/knobs")
        _, knobs = await here.call("GET", "/api/knobs")
        assert knobs["graph"] == knobs["cloud"]


@pytest.mark.parametrize(
    ("turn", "sentence"),
    [
        ({"side": "nobody"}, "nobody"),
        ({"side": "graph", "batch": 0}, "batch"),
        ({"side": "graph", "latancy": 1}, "latancy"),
    ],
)
async def test_a_wrong_knob_is_named_and_changes_nothing(turn: dict[str, object], sentence: str) -> None:
    async with world() as here:
        _, before = await here.call("GET", "/api/knobs")
        status, problem = await here.call("POST", "/api/knobs", turn)
        assert status == 400
        assert sentence in problem["title"]
        assert (await here.call("GET", "/api/knobs"))[1] == before


@pytest.mark.parametrize(
    ("knobs", "status", "code"),
    [
        ({"down": True}, 503, 133004),
        ({"down_accounts": [NUMBER]}, 503, 133004),
        ({"down_accounts": ["another"]}, 200, None),
        ({"fail_rate": 1}, 500, 131000),
        ({"fail_next": [{"status": 429}]}, 429, 130429),
        ({"fail_next": [{"status": 400, "code": 131031, "message": "locked"}]}, 400, 131031),
        ({"rate_limit_per_minute": 0}, 400, 80007),
    ],
)
async def test_faults_on_demand_take_nothing(knobs: dict[str, object], status: int, code: int | None) -> None:
    async with world() as here:
        await here.call("POST", "/api/knobs", {"side": "graph", **knobs})
        answered, body = await here.send(text())
        assert (answered, body.get("error", {}).get("code")) == (status, code)
        assert len(here.sim.graph.sent) == (status == 200)


async def test_fail_next_ends_after_its_count() -> None:
    async with world() as here:
        await here.call("POST", "/api/knobs", {"side": "graph", "fail_next": [{"status": 500, "count": 2}]})
        assert [(await here.send(text()))[0] for _ in range(3)] == [500, 500, 200]


@pytest.mark.parametrize("knob", ["accept_then_500", "accept_then_reset", "accept_then_timeout"])
async def test_an_answer_can_get_lost_after_the_message_was_taken(knob: str) -> None:
    async with world() as here:
        await here.call("POST", "/api/knobs", {"side": "graph", knob: 1})
        url = f"{here.sim.url}/graph/v25.0/{NUMBER}/messages"
        headers, limit = {"Authorization": "Bearer EAAG-token"}, aiohttp.ClientTimeout(total=0.3)
        try:
            async with here.http.post(url, json=text(), headers=headers, timeout=limit) as answer:
                assert answer.status == 500
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, TimeoutError):
            assert knob != "accept_then_500"
        assert len(here.sim.graph.sent) == 1
        assert (await here.send(text()))[0] == 200


async def test_a_page_is_told_everything_then_each_change() -> None:
    async with world() as here, here.http.ws_connect(here.sim.url + "/live") as page:
        hello = (await page.receive_json(timeout=5))["hello"]
        assert hello["phone"]["customers"][0]["name"] == "Ada Ńowak"
        wamid = await here.write("hi")
        while True:
            change = await page.receive_json(timeout=5)
            message = change["data"].get("message", {}) if change["topic"] == "phone" else {}
            if message.get("status") == "delivered":  # the webhook was taken: two ticks
                break
        assert (message["id"], message["text"]) == (wamid, "hi")


@pytest.mark.parametrize(
    ("path", "kind"), [("/", "text/html"), ("/phone", "text/html"), ("/pages/sim.css", "text/css")]
)
async def test_pages_are_served_under_a_strict_policy(path: str, kind: str) -> None:
    async with world() as here, here.http.get(here.sim.url + path) as answer:
        assert (answer.status, answer.content_type) == (200, kind)
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/pages/__init__.py", "/pages/..%2fsettings.py", "/pages/nothing.js"])
async def test_nothing_else_is_served(path: str) -> None:
    async with world() as here, here.http.get(here.sim.url + path) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("enabled", [True, False])
async def test_as_a_plugin_it_lives_under_a_prefix_as_long_as_the_engine(enabled: bool) -> None:
    settings = SimpleNamespace(plugins={"sim": {"enabled": enabled}})
    rt = cast("Runtime", SimpleNamespace(settings=settings, shared={}))  # all that the hooks look at
    part, app = web.Application(), web.Application()
    part.add_routes(xyper_sim.xyper_routes(rt))
    app.add_subapp("/x/sim/", part)
    async with xyper_sim.xyper_lifespan(rt), TestServer(app) as server, aiohttp.ClientSession() as http:
        for path in ("/x/sim/", "/x/sim/phone", "/x/sim/api/knobs"):
            async with http.get(server.make_url(path)) as answer:
                assert answer.status == (200 if enabled else 404)
    assert ("sim" in rt.shared) is enabled


async def test_it_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "sim.json"
    file.write_text(json.dumps({"graph": {"apps": [{"id": "a", "secret": "s"}]}}))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "xyper_sim", "--port", "0", "--config", str(file), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    assert line.startswith("sim ready http://127.0.0.1:")
    async with aiohttp.ClientSession() as http, http.get(line.split()[-1] + "/api/knobs") as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_bad_configuration_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "sim.toml"
    file.write_text("time_scale = 0")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "xyper_sim", "--config", str(file), stderr=asyncio.subprocess.PIPE
    )
    _, error = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 2
    assert "time_scale" in error.decode()
    assert "Traceback" not in error.decode()
