"""The yardsticks: what the same libraries do when nobody asks for durability, order or a ledger.

`edge`: a bare aiohttp handler that checks the HMAC over the raw body and parses it with orjson.
`pipe`: aio-pika's consumer with a window of 400, aiohttp's client with 128 calls at once, an ack each.
"""

import asyncio
import hmac
import socket
import sys
from typing import Any

import aio_pika
import aiohttp
import orjson
from aio_pika.abc import AbstractIncomingMessage
from aiohttp import web

from tests.bench.helper import obey, run

WINDOW, AT_ONCE = 400, 128


async def edge(secret: bytes) -> None:
    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        expected = "sha256=" + hmac.digest(secret, body, "sha256").hex()
        if not hmac.compare_digest(expected, request.headers["X-Hub-Signature-256"]):
            raise web.HTTPForbidden
        orjson.loads(body)
        return web.Response()

    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post("/hooks/{adapter}/{hook}", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
    await web.SockSite(runner, sock).start()
    try:
        await obey(_nothing, port=sock.getsockname()[1])
    finally:
        await runner.cleanup()


async def _nothing(command: dict[str, Any]) -> dict[str, Any]:
    return command


async def pipe(amqp: str, queue: str, far: str) -> None:
    async with await aio_pika.connect(amqp) as connection, aiohttp.ClientSession(connector=_unbound()) as http:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=WINDOW)
        taken = await channel.get_queue(queue)

        async def carry(command: dict[str, Any]) -> dict[str, Any]:
            """Bring `count` messages to the far side, then stop consuming."""
            slots, done, left = asyncio.Semaphore(AT_ONCE), asyncio.Event(), [int(command["count"])]

            async def post(message: AbstractIncomingMessage) -> None:
                async with slots, http.post(far, data=message.body) as response:
                    orjson.loads(await response.read())
                await message.ack()
                left[0] -= 1
                if not left[0]:
                    done.set()

            tag = await taken.consume(post)
            await done.wait()
            await taken.cancel(tag)
            return {}

        await obey(carry)


def _unbound() -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector(limit=0)


if __name__ == "__main__":
    run(edge(sys.argv[2].encode()) if sys.argv[1] == "edge" else pipe(*sys.argv[2:5]))
