"""Files that agents and bots send: fetched from where Genesys, or a bot's author, says that they lie.

Where attachments lie is not documented; links of `api-downloads.<domain>` are signed and need no token. So nothing is
told at first; only a download of the region's API that asks for it gets the token, and no other host ever does.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from xyper_engine.abilities import Download
from xyper_engine.errors import FarSideDown, Rejected, SendError
from xyper_engine.guard import Guard, parsed
from xyper_engine.parts import Media
from xyper_genesys.api import path
from xyper_genesys.regions import Region
from xyper_genesys.tokens import Credentials, Tokens

SIZE_LIMIT = 26_000_000
"""Bytes. Genesys allows 25 MB; a little more, so that its way of counting never costs a file."""

REDIRECTS = 5
_CHUNK = 64 * 1024
_LONGEST = 300.0
"""Seconds for a whole file, however steadily it trickles."""
_DOWNLOADS = "/api/v2/downloads/"
_DOWNLOAD = re.compile(rf"{_DOWNLOADS}[\w-]+(/[\w-]+)*", re.ASCII)


class Downloads:
    def __init__(self, tokens: Tokens, timeout: float, resolver: AbstractResolver | None = None) -> None:
        self._tokens = tokens
        self._timeout = timeout
        self._resolver = resolver

    @asynccontextmanager
    async def fetch(
        self, media: Media, credentials: Credentials, login: aiohttp.ClientSession
    ) -> AsyncIterator[Download]:
        """Open the file; `login` is for the token. Raises `Rejected`, or `FarSideDown` where it may come later."""
        region = credentials.region
        guard = Guard((region.api, region.login), self._resolver)
        url = _address(media, region)
        async with self._session(guard) as http:
            response = await _Search(http, guard, credentials, self._tokens, login).follow(url)
            async with response:
                yield _download(media, response)

    def _session(self, guard: Guard) -> aiohttp.ClientSession:
        """Of one file only: no cookie, no connection and no look-up of another host's file serves this one."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=guard, use_dns_cache=False, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=_LONGEST, sock_connect=self._timeout, sock_read=self._timeout),
            headers={"User-Agent": "xyper/1", "Accept-Encoding": "identity"},
        )


class _Search:
    """One file's way: each stop is judged before anything is sent to it."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        guard: Guard,
        credentials: Credentials,
        tokens: Tokens,
        login: aiohttp.ClientSession,
    ) -> None:
        self._http = http
        self._guard = guard
        self._credentials = credentials
        self._tokens = tokens
        self._login = login

    async def follow(self, url: URL) -> aiohttp.ClientResponse:
        """The answer that holds the file. Raises a `SendError`."""
        for _ in range(REDIRECTS + 1):
            response = await self._ask(url)
            if not 300 <= response.status < 400:
                return _accepted(response)
            response.close()
            url = parsed(response.headers.get("Location", ""), base=response.url)
        raise Rejected("A file's address leads from one place to the next without end.", code="address")

    async def _ask(self, url: URL) -> aiohttp.ClientResponse:
        response = await self._get(url)
        place = at_api(url, self._credentials.region) if response.status in (401, 403) else None
        if place is None:
            return response
        response.close()
        token = await self._tokens.get(self._login, self._credentials)
        response = await self._get(place, token)
        if response.status == 401:
            response.close()
            response = await self._get(place, await self._tokens.renew(self._login, self._credentials, token))
        return response

    async def _get(self, url: URL, token: str | None = None) -> aiohttp.ClientResponse:
        self._guard.check(url)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return await self._http.get(url, headers=headers, allow_redirects=False)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise FarSideDown(f"{url.host}, where a file lies, gives no answer: {type(error).__name__}.") from error


def _address(media: Media, region: Region) -> URL:
    source = media.source
    if source is None or not (source.url or source.id):
        raise Rejected("Genesys named no place where this file lies.", code="address")
    return parsed(source.url) if source.url else URL(f"{region.api}{_DOWNLOADS}{path(source.id or '')}", encoded=True)


def at_api(url: URL, region: Region) -> URL | None:
    """Where the region's API has this download. Its other answers are nobody's file, so they are never asked for."""
    api = URL(region.api)
    place = url.raw_path.removeprefix(api.raw_path.rstrip("/"))
    known = url.origin() == api.origin() or (region.domain and url.host == f"api-downloads.{region.domain}")
    return URL(f"{region.api}{place}", encoded=True) if known and _DOWNLOAD.fullmatch(place) else None


def _accepted(response: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    error: SendError | None = None
    if response.status in (408, 425, 429) or response.status >= 500:
        after = response.headers.get("Retry-After", "")
        pause = float(after) if after.isdecimal() else None
        error = FarSideDown(_said(response), code=str(response.status), after=pause)
    elif response.status >= 400:
        error = Rejected(_said(response), code=str(response.status))
    elif (response.content_length or 0) > SIZE_LIMIT:
        error = _too_large()
    if error is not None:
        response.close()
        raise error
    return response


def _said(response: aiohttp.ClientResponse) -> str:
    return f"{response.url.host}, where a file lies, answered {response.status}."


def _too_large() -> Rejected:
    return Rejected(f"A file has more than the {SIZE_LIMIT:,} bytes that Genesys allows.", code="size")


def _download(media: Media, response: aiohttp.ClientResponse) -> Download:
    disposition = response.content_disposition
    encoded = "Content-Encoding" in response.headers
    return Download(
        chunks=_chunks(response),
        mime=response.headers.get("Content-Type", "") or media.mime,
        name=media.name or (disposition.filename if disposition else None),
        size=None if encoded else response.content_length,
        sha256=media.sha256,
    )


async def _chunks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The bytes as they come. Raises `Rejected` past the limit, `FarSideDown` where they break off."""
    count = 0
    try:
        async for chunk in response.content.iter_chunked(_CHUNK):
            count += len(chunk)
            if count > SIZE_LIMIT:
                raise _too_large()
            yield chunk
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise FarSideDown(f"{response.url.host} broke off in a file: {type(error).__name__}.") from error
