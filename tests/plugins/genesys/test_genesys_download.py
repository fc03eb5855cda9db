"""Fetching what agents and bots send."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver

from tests.engine.test_guard import Names
from tests.plugins.genesys.world import World, account, world
from xyper_engine.abilities import Download, FetchesMedia
from xyper_engine.errors import FarSideDown, Misconfigured, Rejected, SendError
from xyper_engine.guard import parsed
from xyper_engine.parts import Media, MediaKind, Source
from xyper_engine.testing import FarSide
from xyper_genesys.adapter import Genesys
from xyper_genesys.download import SIZE_LIMIT, Downloads, at_api
from xyper_genesys.regions import Region
from xyper_genesys.settings import GenesysSettings
from xyper_genesys.tokens import Credentials, Tokens

FILE = "/api/v2/downloads/f-1"
PHOTO = b"\xff\xd8\xff" + b"photo" * 40_000


@dataclass(frozen=True)
class Fetched:
    body: bytes
    mime: str
    name: str | None
    size: int | None
    sha256: str | None


def lying(url: str | None = None, ident: str | None = None, **fields: Any) -> Media:
    return Media(kind=MediaKind.image, source=Source(id=ident, url=url), **fields)


async def whole(download: Download) -> Fetched:
    body = b"".join([chunk async for chunk in download.chunks])
    return Fetched(body, download.mime, download.name, download.size, download.sha256)


async def fetch(far: World, media: Media) -> Fetched:
    async with far.adapter.fetch(media, account(), far.rt) as download:
        return await whole(download)


def test_it_can() -> None:
    assert isinstance(Genesys(GenesysSettings()), FetchesMedia)


async def test_a_file() -> None:
    async with world() as far:
        far.api.answer("GET", "/files/1", body=PHOTO, headers={"Content-Type": "image/jpeg"})
        media = lying(f"{far.api.url}/files/1?Signature=a%2Bb", name="a.jpg", sha256="ab" * 32)
        assert await fetch(far, media) == Fetched(PHOTO, "image/jpeg", "a.jpg", len(PHOTO), "ab" * 32)
        (seen,) = far.api.requests
        assert dict(seen.query) == {"Signature": "a+b"}
        assert "Authorization" not in seen.headers
        assert seen.headers["User-Agent"].startswith("xyper")
        assert far.login.requests == []


async def test_what_the_answer_says_of_it() -> None:
    headers = {"Content-Disposition": 'attachment; filename="bill.pdf"', "Content-Type": "application/pdf"}
    async with world() as far:
        far.api.answer("GET", "/1", body=b"%PDF", headers=headers)
        fetched = await fetch(far, lying(f"{far.api.url}/1", mime="image/png"))
        assert (fetched.name, fetched.mime) == ("bill.pdf", "application/pdf")


async def test_what_only_genesys_said_of_it() -> None:
    async with world() as far:
        far.api.answer("GET", "/1", body=b"%PDF", headers={"Content-Type": ""})
        assert (await fetch(far, lying(f"{far.api.url}/1", mime="image/png"))).mime == "image/png"


async def test_a_file_that_only_has_an_id() -> None:
    async with world() as far:
        far.api.answer("GET", FILE, body=PHOTO)
        assert (await fetch(far, lying(ident="f-1"))).body == PHOTO


@pytest.mark.parametrize("status", [401, 403])
async def test_a_download_of_the_api_gets_the_token_only_when_it_asks(status: int) -> None:
    async with world() as far:
        far.api.answer("GET", FILE, status)
        far.api.answer("GET", FILE, body=PHOTO)
        assert (await fetch(far, lying(f"{far.api.url}{FILE}"))).body == PHOTO
        assert [seen.headers.get("Authorization") for seen in far.api.requests] == [None, "Bearer token-1"]


async def test_an_old_token_is_renewed_once() -> None:
    async with world("token-1", "token-2") as far:
        for status in (401, 401, 200):
            far.api.answer("GET", FILE, status, body=b"x")
        assert (await fetch(far, lying(f"{far.api.url}{FILE}"))).body == b"x"
        assert far.api.requests[-1].headers["Authorization"] == "Bearer token-2"


async def test_a_token_that_does_not_help_is_not_tried_for_ever() -> None:
    async with world("token-1", "token-2") as far:
        far.api.answer("GET", FILE, 401)
        with pytest.raises(Rejected, match="401"):
            await fetch(far, lying(f"{far.api.url}{FILE}"))
        assert len(far.api.requests) == 3


NO_FILES = ["/api/v2/users", "/api/v2/downloads/", "/api/v2/downloads/../users", "/api/v2/downloads/%2e%2e/users"]


@pytest.mark.parametrize("place", NO_FILES)
async def test_what_is_no_download_never_gets_the_token(place: str) -> None:
    async with world() as far:
        far.api.answer("GET", place, 401)
        with pytest.raises(Rejected):
            await fetch(far, lying(f"{far.api.url}{place}"))
        assert [seen for seen in far.api.requests if "Authorization" in seen.headers] == []
        assert far.login.requests == []


async def test_a_redirect_is_followed_without_the_token() -> None:
    async with world() as far:
        far.api.answer("GET", FILE, 401)
        far.api.answer("GET", FILE, 302, headers={"Location": f"{far.login.url}/signed?x=1"})
        far.login.answer("GET", "/signed", 307, headers={"Location": "/here"})
        far.login.answer("GET", "/here", body=PHOTO)
        assert (await fetch(far, lying(f"{far.api.url}{FILE}"))).body == PHOTO
        asked = [seen for seen in far.login.requests if seen.method == "GET"]
        assert [seen.path for seen in asked] == ["/signed", "/here"]
        assert [seen for seen in asked if "Authorization" in seen.headers] == []


ELSEWHERE = {
    "the metadata service": "http://169.254.169.254/latest/meta-data/",
    "the metadata service, encrypted": "https://169.254.169.254/latest/meta-data/",
    "the metadata service in IPv6": "https://[fd00:ec2::254]/",
    "this machine": "https://127.0.0.1/",
    "this machine by name": "https://localhost/",
    "this machine in one number": "https://2130706433/",
    "a user's name": "https://a:b@cdn.example/",
    "a file": "file:///etc/passwd",
    "no address": "http://[",
    "another host of that name": "//169.254.169.254/",
}


@pytest.mark.parametrize("case", ELSEWHERE)
async def test_neither_a_file_nor_a_redirect_leads_inside(case: str) -> None:
    async with world() as far:
        far.api.answer("GET", "/1", 302, headers={"Location": ELSEWHERE[case]})
        for url in (f"{far.api.url}/1", ELSEWHERE[case]):
            with pytest.raises(Rejected, match="address is refused"):
                await fetch(far, lying(url))


async def test_another_port_of_the_regions_host_is_another_host() -> None:
    async with world() as far, FarSide() as database:
        with pytest.raises(Rejected, match="not https"):
            await fetch(far, lying(f"{database.url}/1"))
        assert database.requests == []


@pytest.mark.parametrize("count", [5, 6])
async def test_five_redirects_are_enough(count: int) -> None:
    async with world() as far:
        for n in range(count):
            far.api.answer("GET", f"/{n}", 302, headers={"Location": f"/{n + 1}"})
        far.api.answer("GET", f"/{count}", body=b"x")
        if count == 5:
            assert (await fetch(far, lying(f"{far.api.url}/0"))).body == b"x"
        else:
            with pytest.raises(Rejected, match="without end"):
                await fetch(far, lying(f"{far.api.url}/0"))


@pytest.mark.parametrize("headers", [{}, {"Location": ""}])
async def test_a_redirect_to_nowhere(headers: dict[str, str]) -> None:
    async with world() as far:
        far.api.answer("GET", "/1", 302, headers=headers)
        with pytest.raises(Rejected):
            await fetch(far, lying(f"{far.api.url}/1"))


ANSWERS: dict[int, type[SendError]] = {
    400: Rejected,
    403: Rejected,
    404: Rejected,
    410: Rejected,
    408: FarSideDown,
    429: FarSideDown,
    500: FarSideDown,
    503: FarSideDown,
}


@pytest.mark.parametrize("status", ANSWERS)
async def test_an_answer_that_is_no_file(status: int) -> None:
    async with world() as far:
        far.api.answer("GET", "/1", status, headers={"Retry-After": "7"})
        with pytest.raises(ANSWERS[status], match=str(status)) as caught:
            await fetch(far, lying(f"{far.api.url}/1"))
        assert caught.value.after == (7 if ANSWERS[status] is FarSideDown else None)


async def test_a_file_that_says_it_is_too_large_is_not_begun() -> None:
    async with bare(b"", declared=SIZE_LIMIT + 1) as region:
        with pytest.raises(Rejected, match="bytes"):
            await of_region(region, lying(f"{region.api}/1"))


async def test_a_file_that_turns_out_too_large_is_dropped() -> None:
    async with bare(bytes(SIZE_LIMIT + 1), declared=None) as region:
        with pytest.raises(Rejected, match="bytes"):
            await of_region(region, lying(f"{region.api}/1"))


async def test_a_file_that_breaks_off_may_come_later() -> None:
    async with bare(b"half", declared=8) as region:
        with pytest.raises(FarSideDown, match="broke off"):
            await of_region(region, lying(f"{region.api}/1"))


async def test_a_packed_file_has_no_known_size() -> None:
    async with world() as far:
        packed = {"Content-Encoding": "gzip", "Content-Type": "text/plain"}
        far.api.answer("GET", "/1", body=gzip.compress(b"hello"), headers=packed)
        assert await fetch(far, lying(f"{far.api.url}/1")) == Fetched(b"hello", "text/plain", None, None, None)


async def test_a_host_that_is_away() -> None:
    async with FarSide() as gone:
        url = gone.url
    with pytest.raises(FarSideDown, match="gives no answer"):
        await of_region(Region("lab", url, url), lying(f"{url}/1"))


async def test_a_host_that_does_not_answer_in_time() -> None:
    async with world(timeout=0.05) as far:
        far.api.answer("GET", "/1", delay=30)
        with pytest.raises(FarSideDown, match="gives no answer"):
            await fetch(far, lying(f"{far.api.url}/1"))


@pytest.mark.parametrize("source", [None, Source()])
async def test_a_file_that_lies_nowhere(source: Source | None) -> None:
    async with world() as far:
        with pytest.raises(Rejected, match="no place"):
            await fetch(far, Media(kind=MediaKind.image, source=source))


async def test_an_account_that_lacks_something() -> None:
    async with world() as far:
        with pytest.raises(Misconfigured):
            far.adapter.fetch(lying("https://cdn.example/1"), account(config={"region": ""}), far.rt)


async def test_a_name_that_leads_inside_is_not_connected_to() -> None:
    region = Region("lab", "https://api.lab.example", "https://login.lab.example")
    with pytest.raises(Rejected, match="public internet"):
        await of_region(region, lying("https://cdn.example/1"), Names(**{"cdn.example": ["10.0.0.1"]}))


MILAN = Region("eu", "https://api.lab.example", "https://login.lab.example", "lab.example")
AT_API: dict[str, tuple[Region, str, str | None]] = {
    "the API's own": (MILAN, f"https://api.lab.example{FILE}?x=1", f"https://api.lab.example{FILE}"),
    "the download host's": (MILAN, f"https://api-downloads.lab.example{FILE}", f"https://api.lab.example{FILE}"),
    "in a folder": (MILAN, f"https://api.lab.example{FILE}/a-1", f"https://api.lab.example{FILE}/a-1"),
    "behind a path": (replace(MILAN, api="http://a:1/sim"), f"http://a:1/sim{FILE}", f"http://a:1/sim{FILE}"),
    "another host": (MILAN, f"https://cdn.example{FILE}", None),
    "a host of that ending": (MILAN, f"https://evil-api.lab.example{FILE}", None),
    "the login": (MILAN, f"https://login.lab.example{FILE}", None),
    "a region without a domain": (replace(MILAN, domain=""), f"https://api-downloads.{FILE}", None),
    "no download": (MILAN, "https://api-downloads.lab.example/api/v2/users/me", None),
    "a way out": (MILAN, "https://api-downloads.lab.example/api/v2/downloads/%2e%2e", None),
}


@pytest.mark.parametrize("case", AT_API)
def test_what_the_token_is_good_for(case: str) -> None:
    region, url, expected = AT_API[case]
    found = at_api(parsed(url), region)
    assert (str(found) if found else None) == expected


@asynccontextmanager
async def bare(body: bytes, declared: int | None) -> AsyncIterator[Region]:
    """A region whose only answer ends where it ends, whatever length it has declared."""
    length = "" if declared is None else f"Content-Length: {declared}\r\n"

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\n".encode() + body)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield Region("lab", f"http://{host}:{port}", f"http://{host}:{port}")


async def of_region(region: Region, media: Media, names: AbstractResolver | None = None) -> Fetched:
    credentials = Credentials(region, "client-1", "s3cret")
    async with aiohttp.ClientSession() as login:
        downloads = Downloads(Tokens(5), 5, names)
        async with downloads.fetch(media, credentials, login) as download:
            return await whole(download)
