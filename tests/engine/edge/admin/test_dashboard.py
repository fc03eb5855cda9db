"""The dashboard's page: its headers to the letter, at every address of it, and its files."""

import re

import pytest

from tests.engine.edge.front import Front

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html",
    "Content-Type": "text/html",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-write=(self), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Server": "xyper",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
OF_A_CALL = {"content-length", "date", "x-correlation-id"}


@pytest.mark.parametrize(
    "path", ["/admin", "/admin/", "/admin/tenants", "/admin/tenants/acme/danger?tenant=acme", "/admin/x/y/z"]
)
async def test_every_address_is_the_page(front: Front, path: str) -> None:
    answer = await front.ask("GET", path, key="")
    assert answer.status == 200
    assert {name: value for name, value in answer.headers.items() if name.lower() not in OF_A_CALL} == HEADERS
    assert "{{" not in await answer.text()


async def test_all_that_it_names_is_there_and_kept_for_good(front: Front) -> None:
    html = await (await front.ask("GET", "/admin/", key="")).text()
    named = re.findall(r'(?:src|href)="(/static/[^"]+)"', html)
    assert len(named) > 6
    for path in named:
        answer = await front.ask("GET", path, key="")
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable"), path


async def test_it_says_which_installation_it_is(front: Front) -> None:
    html = await (await front.ask("GET", "/admin/", key="")).text()
    assert f'data-environment="{front.rt.settings.environment}"' in html


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_it_is_only_read(front: Front, method: str) -> None:
    assert (await front.ask(method, "/admin/", key="")).status == 405
