"""Files that customers sent, fetched from Meta. Source: Meta, "Media", "Retrieve media URL", "Download media".

    the address of the webhook, if it has one → GET /{media_id} → its address → once more, because addresses live 5 min

The token goes to Meta's own hosts only (`[plugins.whatsapp] media_hosts`): redirects are followed by hand.
"""

import base64
import binascii
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from xyper_engine.abilities import Download
from xyper_engine.errors import FarSideDown, Rejected, SendError, Throttled
from xyper_engine.model import Account
from xyper_engine.parts import Media, Source
from xyper_engine.runtime import Runtime
from xyper_whatsapp import graph
from xyper_whatsapp.limits import LARGEST
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.to_wire import access_token

_CHUNK = 64 * 1024
_HOPS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_OLD = frozenset({400, 401, 403, 404, 410})
"""What an address that has expired is answered with."""
_GONE = frozenset({404, 410})
_NO_SUCH_FILE = frozenset({"100", "131052"})
_PRINTABLE = re.compile(r"[!-~]+")
_HEX = re.compile(r"[0-9a-f]{64}")
_AGENT = "xyper/1"
"""Meta's file servers answer clients without a name with an error page."""


@dataclass(frozen=True, slots=True)
class _Address:
    url: str
    mime: str = ""
    size: int | None = None
    sha256: str | None = None


@asynccontextmanager
async def fetch(media: Media, account: Account, settings: WhatsAppSettings, rt: Runtime) -> AsyncIterator[Download]:
    """Open the file. Raises a `SendError`: `Rejected` where it is gone, too big, or not at Meta's."""
    door = _Door(account, settings, rt.http)
    address, response = await door.opened(media)
    async with response:
        size = address.size if address.size is not None else response.content_length
        if (size or 0) > LARGEST:
            raise Rejected("The file is larger than WhatsApp's own limit of 100 MB.")
        yield Download(
            chunks=_passing(response),
            mime=address.mime or media.mime or response.content_type,
            name=media.name,
            size=size,
            sha256=address.sha256 or in_hex(media.sha256),
        )


def in_hex(told: str | None) -> str | None:
    """A SHA-256 as Meta tells it, in hex or in base64; None where it is neither."""
    if told is None or _HEX.fullmatch(told.lower()):
        return told and told.lower()
    try:
        digest = base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest.hex() if len(digest) == 32 else None


async def _passing(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    passed = 0
    try:
        async for chunk in response.content.iter_chunked(_CHUNK):
            passed += len(chunk)
            if passed > LARGEST:
                raise Rejected("The file is larger than WhatsApp's own limit of 100 MB.")
            yield chunk
    except (aiohttp.ClientError, TimeoutError) as error:
        raise FarSideDown(f"A download from Meta broke off: {type(error).__name__}.") from error


class _Door:
    """One account's way to Meta's files."""

    def __init__(self, account: Account, settings: WhatsAppSettings, http: aiohttp.ClientSession) -> None:
        self._account, self._settings, self._http = account, settings, http

    async def opened(self, media: Media) -> tuple[_Address, aiohttp.ClientResponse]:
        """The first address that answers with the file."""
        status = 404
        async for address in self._addresses(media.source or Source()):
            response = await self._followed(address.url)
            if response.status == 200 and not _is_page(response, address.mime or media.mime):
                return address, response
            response.close()
            status = _judged(response)
        if status in _GONE:
            raise Rejected("Meta no longer has the file.", code=str(status))
        raise FarSideDown(f"Meta answered {status} instead of the file.", code=str(status))

    async def _addresses(self, source: Source) -> AsyncIterator[_Address]:
        if source.url and self._permits(source.url):
            yield _Address(source.url)
        for _ in range(2 if source.id else 0):
            yield await self._asked(source.id or "")

    async def _asked(self, media_id: str) -> _Address:
        """`{"url", "mime_type", "sha256", "file_size", "id"}`; the size may be text."""
        query = {"phone_number_id": self._account.endpoint.account}
        path = quote(media_id, safe="")
        try:
            told = await graph.call("GET", path, self._account, self._settings, self._http, query=query)
        except SendError as error:
            if error.code in _NO_SUCH_FILE:
                raise Rejected("Meta no longer has the file.", code=error.code) from error
            raise
        url = told.get("url")
        if not isinstance(url, str):
            raise FarSideDown("Meta named no address of the file.")
        return _Address(url, _word(told, "mime_type") or "", _number(told), in_hex(_word(told, "sha256")))

    async def _followed(self, url: str) -> aiohttp.ClientResponse:
        """The answer behind all redirects."""
        for _ in range(_HOPS):
            if not self._permits(url):
                raise Rejected("The file lies on a host that is not Meta's: see [plugins.whatsapp] media_hosts.")
            response = await self._got(url)
            if response.status not in _MOVED:
                return response
            response.close()
            url = _leads_to(response)
        raise Rejected(f"The file's address leads on and on: more than {_HOPS} redirects.")

    async def _got(self, url: str) -> aiohttp.ClientResponse:
        """As it stands: a signed address may not be quoted anew. Uncompressed, so that its size is the file's."""
        settings = self._settings
        limit = aiohttp.ClientTimeout(
            total=settings.media_timeout, connect=settings.timeout / 2, sock_read=settings.timeout
        )
        headers = {
            "Authorization": f"Bearer {access_token(self._account)}",
            "User-Agent": _AGENT,
            "Accept-Encoding": "identity",
        }
        try:
            return await self._http.get(URL(url, encoded=True), headers=headers, timeout=limit, allow_redirects=False)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise FarSideDown(f"Meta's file server does not answer: {type(error).__name__}.") from error

    def _permits(self, url: str) -> bool:
        """Meta's hosts over HTTPS, and wherever the Graph API itself is."""
        if not _PRINTABLE.fullmatch(url):
            return False
        try:
            asked = URL(url, encoded=True).origin()
        except ValueError:
            return False
        if asked == URL(self._settings.graph_url).origin():
            return True
        hosts = self._settings.media_hosts
        return asked.scheme == "https" and any(fnmatchcase((asked.host or "").lower(), host) for host in hosts)


def _leads_to(response: aiohttp.ClientResponse) -> str:
    """Where a redirect points; "" where nobody could follow it."""
    try:
        return str(response.url.join(URL(response.headers.get("Location", ""), encoded=True)))
    except ValueError:
        return ""


def _judged(response: aiohttp.ClientResponse) -> int:
    """The status of an address that may just be old. Raises where the next one would fare no better."""
    if response.status == 429:
        after = response.headers.get("Retry-After", "")
        raise Throttled("Meta's file server is busy.", code="429", after=float(after) if after.isdecimal() else None)
    if response.status not in _OLD:
        raise FarSideDown(f"Meta answered {response.status} without the file.", code=str(response.status))
    return response.status


def _is_page(response: aiohttp.ClientResponse, mime: str) -> bool:
    """Meta's file servers say some errors as a page with status 200."""
    return response.content_type == "text/html" and not mime.startswith("text/html")


def _word(told: Mapping[str, Any], key: str) -> str | None:
    value = told.get(key)
    return value if isinstance(value, str) else None


def _number(told: Mapping[str, Any]) -> int | None:
    size = told.get("file_size")
    return int(size) if isinstance(size, int) or (isinstance(size, str) and size.isdecimal()) else None
