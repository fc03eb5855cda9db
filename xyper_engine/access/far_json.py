"""JSON from a server that a setting names: over TLS, without redirects, and never more or longer than expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import aiohttp
import orjson
from yarl import URL

from xyper_engine.errors import Unavailable

LIMIT = 512 * 1024
"""Bytes of an answer, unpacked."""


@dataclass(frozen=True, slots=True)
class FarJson:
    status: int
    body: Mapping[str, Any]
    """Empty where the answer is no JSON object."""

    @property
    def ok(self) -> bool:
        return self.status == 200

    def text(self, name: str) -> str:
        found = self.body.get(name)
        return found if isinstance(found, str) else ""


def is_safe(url: str) -> bool:
    """https, or on this very machine."""
    try:
        parsed = URL(url)
    except ValueError:
        return False
    plain = parsed.raw_user is None and parsed.raw_password is None and not parsed.fragment
    return bool(parsed.host) and plain and (parsed.scheme == "https" or (parsed.scheme == "http" and _is_here(parsed)))


async def ask(
    http: aiohttp.ClientSession,
    url: str,
    *,
    seconds: float,
    form: Mapping[str, str] | None = None,
    authorization: str = "",
) -> FarJson:
    """GET, or POST of a form. A redirect is an answer, not followed. Raises `Unavailable`."""
    method, host = ("GET" if form is None else "POST"), URL(url).host
    if not is_safe(url):
        raise Unavailable(f"{host} is not asked: its address must begin with https://.")
    limits = aiohttp.ClientTimeout(total=seconds, connect=seconds)
    headers = {"Accept": "application/json", **({"Authorization": authorization} if authorization else {})}
    try:
        async with http.request(
            method, url, data=form, headers=headers, timeout=limits, allow_redirects=False
        ) as answer:
            return FarJson(answer.status, _object(await _read(answer)))
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable(f"{host} does not answer ({type(error).__name__}): try again.") from error


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(65_536):
        body += chunk
        if len(body) > LIMIT:
            raise Unavailable(f"{answer.url.host} answers with more than {LIMIT} bytes.")
    return bytes(body)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _is_here(url: URL) -> bool:
    host = url.host or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
