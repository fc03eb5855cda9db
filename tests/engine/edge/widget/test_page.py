"""The page and its files: who may hold it, what it may load, and how long a browser keeps it."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from tests.conftest import Configure
from tests.engine.edge.front import Front, opened
from xyper_engine.edge.widget.assets import Assets

PAGE = "/widget/acme/"
BROWSER = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of a widget."""
    found = tmp_path / "widget_static"
    for name, body in {
        "widget/index.html": '<script src="/static/widget/a.js"></script><link href="/static/shared/f.woff2">',
        "widget/a.js": "let x = 1;" * 100, "shared/f.woff2": "x" * 999, "shared/i18n/en.json": "{}",
        "other/b.js": "let y;", "secret": "s",
    }.items():  # fmt: skip
        path = found / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body)
    monkeypatch.setattr("xyper_engine.edge.widget.assets.root", lambda: tmp_path)
    return found


@pytest.fixture
async def front(configure: Configure, embedded_url: str, folder: Path) -> AsyncIterator[Front]:
    async with opened(configure, embedded_url, {"widget": {"hosts": ["http://127.0.0.1:9300"]}}) as front:
        yield front


@pytest.fixture
async def developing(configure: Configure, embedded_url: str, folder: Path) -> AsyncIterator[Front]:
    values = {"widget": {"development": True, "hosts": ["http://127.0.0.1:9300"]}}
    async with opened(configure, embedded_url, values) as front:
        yield front


async def test_the_pages_headers(front: Front) -> None:
    answer = await front.http.get(PAGE)
    host, public = answer.request_info.url.authority, front.rt.settings.public_url.removeprefix("http://")
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
        f"media-src 'self' blob:; connect-src 'self' ws://{public} ws://{host}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors https://apps.mypurecloud.de http://127.0.0.1:9300; "
        "require-trusted-types-for 'script'; trusted-types lit-html"
    )
    assert answer.headers["Permissions-Policy"] == (
        "camera=(), clipboard-write=(self), fullscreen=(self), geolocation=(), microphone=(self)"
    )
    for name, value in {
        "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }.items():  # fmt: skip
        assert answer.headers[name] == value
    for name in ("X-Frame-Options", "Cross-Origin-Opener-Policy", "Set-Cookie"):
        assert name not in answer.headers


HOSTS = {
    "": 200, "https://apps.mypurecloud.de": 200, "{{gcHostOrigin}}": 200, "https://apps.mypurecloud.com": 403,
    "https://apps.mypurecloud.de.evil.example": 403, "http://localhost:8000": 403, "http://127.0.0.1": 403,
    "null": 403, "http://127.0.0.1:9300": 403, "https://apps.mypurecloud.de/": 403,
}  # fmt: skip


async def test_who_may_hold_it(front: Front) -> None:
    for origin, status in HOSTS.items():
        asked = {"gcHostOrigin": origin, "gcConversationId": "t-1", "other": "x"}
        answer = await front.http.get(PAGE, params=asked, headers=BROWSER)
        assert answer.status == status, origin
        assert ("not this tenant&#x27;s" in await answer.text()) == (status == 403)


async def test_while_developing_this_machine_may_hold_it(developing: Front) -> None:
    answer = await developing.http.get(PAGE, params={"gcHostOrigin": "http://localhost:8000"})
    assert answer.status == 200
    assert (
        "frame-ancestors https://apps.mypurecloud.de http://127.0.0.1:9300;"
        in answer.headers["Content-Security-Policy"]
    )


async def test_a_tenant_that_is_not_there_has_no_page(front: Front) -> None:
    answer = await front.http.get("/widget/<script>/", headers=BROWSER)
    assert (answer.status, answer.content_type) == (404, "text/html")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script>" not in await answer.text()
    program = await front.http.get("/widget/nobody/")
    assert (program.status, program.content_type) == (404, "application/problem+json")


async def test_what_the_page_loads_is_kept_for_good(front: Front) -> None:
    html = await (await front.http.get(PAGE)).text()
    addresses = re.findall(r'(?:href|src)="([^"]+)"', html)
    assert addresses
    for address in addresses:
        answer = await front.http.get(address, headers={"Accept-Encoding": "identity"})
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable"), address
        again = await front.http.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")


@pytest.fixture
async def http(folder: Path) -> AsyncIterator[tuple[TestClient, Assets]]:  # type: ignore[type-arg]
    assets, app = Assets(folder, fresh=True), web.Application()
    app.add_routes(assets.routes())
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        yield client, assets


async def test_compressed_where_it_gains(http: tuple[TestClient, Assets]) -> None:  # type: ignore[type-arg]
    client, assets = http
    script = await client.get(f"{assets.base}/widget/a.js", headers={"Accept-Encoding": "br, gzip"})
    assert (script.headers["Content-Encoding"], script.headers["Content-Type"]) == (
        "gzip",
        "text/javascript; charset=utf-8",
    )
    assert gzip.decompress(await script.read()) == b"let x = 1;" * 100
    plain = await client.get(f"{assets.base}/widget/a.js", headers={"Accept-Encoding": "identity"})
    assert (plain.headers.get("Content-Encoding"), plain.headers["Vary"]) == (None, "Accept-Encoding")
    font = await client.get(f"{assets.base}/shared/f.woff2")
    assert (font.headers.get("Content-Encoding"), font.headers["Content-Type"]) == (None, "font/woff2")
    words = await client.get(f"{assets.base}/shared/i18n/en.json")
    assert (words.headers["Content-Type"], await words.read()) == ("application/json; charset=utf-8", b"{}")


@pytest.mark.parametrize(
    "path",
    ["../secret", "%2e%2e/secret", "widget/../../secret", "other/b.js", "widget", "..%2fsecret", "widget/a.js%00"],
)
async def test_what_is_not_among_them_does_not_exist(http: tuple[TestClient, Assets], path: str) -> None:  # type: ignore[type-arg]
    client, assets = http
    assert (await client.get(URL(f"{assets.base}/{path}", encoded=True))).status == 404


async def test_a_change_has_another_address(http: tuple[TestClient, Assets], folder: Path) -> None:  # type: ignore[type-arg]
    client, assets = http
    before = assets.base
    (folder / "widget/a.js").write_text("let x = 2;")
    assert assets.base != before
    assert (await client.get(f"{before}/widget/a.js")).status == 404
    assert assets.page("widget/index.html").startswith(f'<script src="{assets.base}/widget/a.js">')
