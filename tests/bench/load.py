"""The load generator: signed WhatsApp webhooks over keep-alive connections, made before the clock starts.

Saturation (`rate` 0): every connection sends its next request when the one before is answered. At a rate: requests are
due at fixed moments and their latency counts from that moment, so a slow answer cannot hide those behind it.
"""

import asyncio
import hmac
import time
from collections import deque
from typing import Any

from tests.bench.helper import obey, run

_BODY = (
    '{{"object":"whatsapp_business_account","entry":[{{"id":"102290129340398","changes":[{{"value":{{'
    '"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550783881","phone_number_id":"{number}"}},'
    '"contacts":[{{"profile":{{"name":"Sheena Nelson"}},"wa_id":"{customer}"}}],'
    '"messages":[{{"from":"{customer}","id":"{wamid}","timestamp":"1749416383",'
    '"type":"text","text":{{"body":"{text}"}}}}]}},"field":"messages"}}]}}]}}'
)
_TEXT = "Does it come in another color? I saw it last week in the shop window and would like to know the price, too. "


def wamid(series: str, n: int) -> str:
    return f"wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI{series}{n:08d}"


def request(secret: bytes, path: str, body: bytes) -> bytes:
    signature = hmac.digest(secret, body, "sha256").hex()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: facebookexternalua\r\nContent-Type: application/json\r\n"
        f"Accept: */*\r\nX-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One keep-alive connection with one request under way; its answers have no body worth reading."""

    def __init__(self, gun: "Gun") -> None:
        self._gun = gun
        self._due = 0.0
        self._answer = b""
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def send(self, due: float, wire: bytes) -> None:
        self._due = due
        self.transport.write(wire)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if b"\r\n\r\n" in self._answer:
            good, self._answer = self._answer[9:12] == b"200", b""
            self._gun.answered(self, time.monotonic() - self._due, good)

    def connection_lost(self, error: Exception | None) -> None:
        self._gun.broken()


class Gun:
    """Fires the prepared requests once."""

    def __init__(self, requests: list[bytes], rate: float) -> None:
        self._requests = requests
        self._rate = rate
        self._next = 0
        self._began = 0.0
        self._free: deque[Connection] = deque()
        self._over = asyncio.Event()
        self.bad = 0
        self.latencies: list[float] = []
        self.sent_at: list[float] = [0.0] * len(requests)

    async def fire(self, port: int, connections: int) -> float:
        """Returns the seconds it took."""
        loop = asyncio.get_running_loop()
        made = [
            (await loop.create_connection(lambda: Connection(self), "127.0.0.1", port))[1] for _ in range(connections)
        ]
        self._free.extend(made)
        self._began = time.monotonic()
        ticking = asyncio.create_task(self._tick()) if self._rate else None
        while self._free and not self._rate and self._next < len(self._requests):
            self._send(self._free.popleft(), time.monotonic())
        await self._over.wait()
        seconds = time.monotonic() - self._began
        if ticking:
            await ticking
        for connection in made:
            connection.transport.close()
        return seconds

    async def _tick(self) -> None:
        while self._next < len(self._requests) and not self._over.is_set():
            due = self._began + self._next / self._rate
            if due > time.monotonic() or not self._free:
                await asyncio.sleep(0.001)
                continue
            self._send(self._free.popleft(), due)

    def _send(self, connection: Connection, due: float) -> None:
        n, self._next = self._next, self._next + 1
        self.sent_at[n] = due
        connection.send(due, self._requests[n])

    def answered(self, connection: Connection, latency: float, good: bool) -> None:
        self.latencies.append(latency)
        self.bad += not good
        if len(self.latencies) == len(self._requests):
            self._over.set()
        elif self._rate:
            self._free.append(connection)
        elif self._next < len(self._requests):
            self._send(connection, time.monotonic())

    def broken(self) -> None:
        """A connection that ends early would leave its request unanswered for ever."""
        if not self._over.is_set():
            self.bad += 1
            self._over.set()


def prepared(command: dict[str, Any]) -> list[bytes]:
    """One request per item of `plan`: [number, customer]."""
    secret, path, series = command["secret"].encode(), command["path"], command["series"]
    bodies = (
        _BODY.format(number=number, customer=customer, wamid=wamid(series, n), text=_TEXT * 3)
        for n, (number, customer) in enumerate(command["plan"])
    )
    return [request(secret, path, body.encode()) for body in bodies]


async def handle(command: dict[str, Any]) -> dict[str, Any]:
    gun = Gun(prepared(command), command.get("rate", 0))
    seconds = await gun.fire(command["port"], command["connections"])
    answer = {"seconds": seconds, "bad": gun.bad, "latencies": sorted(gun.latencies)}
    return answer | ({"sent_at": gun.sent_at} if command.get("moments") else {})


if __name__ == "__main__":
    run(obey(handle))
