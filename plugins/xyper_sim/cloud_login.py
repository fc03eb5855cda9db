"""The simulated Genesys Cloud's login: a page on which to choose who one is, and codes with PKCE (RFC 7636).

A code is good once, for two minutes, for the client, the address and the verifier that it was asked with. A wrong
client or address is never redirected to: the page says so instead.
"""

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from xyper_sim.cloud_access import Access, Denied
from xyper_sim.cloud_settings import Person

CODE_SECONDS = 120.0
_ASKED = ("client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method", "state")


@dataclass(frozen=True, slots=True)
class Code:
    client_id: str
    redirect_uri: str
    challenge: str
    person: str
    ends: float
    """On the monotonic clock."""


class Login:
    def __init__(self, access: Access, *, isolated: bool) -> None:
        self._access = access
        self._codes: dict[str, Code] = {}
        self.isolated = isolated
        """Its pages cut the way back to whoever opened their window."""

    @property
    def _headers(self) -> dict[str, str]:
        policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
        cut = {"Cross-Origin-Opener-Policy": "same-origin"} if self.isolated else {}
        return {"Content-Security-Policy": policy, "Cache-Control": "no-store", **cut}

    def routes(self) -> list[web.RouteDef]:
        place = "/login/oauth/authorize"
        return [web.get(place, self.ask, allow_head=False), web.post(place, self.choose)]

    async def ask(self, request: web.Request) -> web.Response:
        """`GET /login/oauth/authorize`: who are you?"""
        asked = {name: request.query.get(name, "") for name in _ASKED}
        if fault := self._stranger(asked):
            return self._page(f"<h1>Sign-in is not possible</h1><p>{escape(fault)}</p>", 400)
        if fault := _fault(asked):
            return self._back(asked, {"error": "invalid_request", "error_description": fault})
        return self._page(_form(asked, list(self._access.people.values())))

    async def choose(self, request: web.Request) -> web.Response:
        """`POST /login/oauth/authorize` from that page: back to the app, with a code."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        if fault := self._stranger(form):
            return self._page(f"<h1>Sign-in is not possible</h1><p>{escape(fault)}</p>", 400)
        if form.get("person") not in self._access.people:
            return self._back(form, {"error": "access_denied"})
        code = secrets.token_urlsafe(32)
        self._codes[code] = Code(
            form["client_id"], form["redirect_uri"], form.get("code_challenge", ""), form["person"],
            time.monotonic() + CODE_SECONDS,
        )  # fmt: skip
        return self._back(form, {"code": code})

    def redeem(self, form: Mapping[str, str]) -> dict[str, str | int]:
        """`POST /login/oauth/token` with a code. Raises `Denied`."""
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.ends <= time.monotonic():
            raise Denied(400, "invalid_grant", "the code is not known, was used or has expired")
        if (form.get("client_id"), form.get("redirect_uri")) != (code.client_id, code.redirect_uri):
            raise Denied(400, "invalid_grant", "the code was given to another client or address")
        if not hmac.compare_digest(challenge(form.get("code_verifier", "")), code.challenge):
            raise Denied(400, "invalid_grant", "the code verifier is wrong")
        return self._access.issue(code.client_id, code.person)

    def _stranger(self, asked: Mapping[str, str]) -> str:
        """Why nobody may be sent to this address; "" where it is the client's own."""
        client = self._access.login_clients.get(asked.get("client_id", ""))
        if client is None:
            return "There is no such OAuth client."
        known = asked.get("redirect_uri") in client.redirect_uris
        return "" if known else "The redirect URI is not one of the OAuth client's."

    def _back(self, asked: Mapping[str, str], answer: Mapping[str, str]) -> web.Response:
        state = {"state": asked["state"]} if asked.get("state") else {}
        where = f"{asked['redirect_uri']}?{urlencode({**answer, **state})}"
        return web.Response(status=302, headers={**self._headers, "Location": where})

    def _page(self, body: str, status: int = 200) -> web.Response:
        text = f'<!doctype html><html lang="en"><title>Genesys Cloud, simulated</title><main>{body}</main></html>'
        return web.Response(text=text, status=status, content_type="text/html", headers=self._headers)


def challenge(verifier: str) -> str:
    """S256 of a verifier."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _fault(asked: Mapping[str, str]) -> str:
    if asked["response_type"] != "code":
        return "response_type must be code"
    if asked["code_challenge_method"] != "S256" or not asked["code_challenge"]:
        return "a code_challenge of the method S256 is required"
    return ""


def _form(asked: Mapping[str, str], people: list[Person]) -> str:
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in asked.items())
    choices = "".join(
        f'<p><button name="person" value="{escape(one.id)}">{escape(one.name)}</button></p>' for one in people
    )
    cancel = '<p><button name="person" value="">Cancel</button></p>'
    # No action: the form goes to this very page, wherever the simulator is mounted.
    return f'<h1>Who are you?</h1><form method="post">{hidden}{choices}{cancel}</form>'
