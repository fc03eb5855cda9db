"""A browser at the dashboard, as far as the server can tell: its cookies, and what it says of every request."""

from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from aiohttp import ClientResponse

from tests.engine.edge.front import Front
from xyper_engine.access.caller import Caller
from xyper_engine.access.people import Method, Person
from xyper_engine.access.roles import Role

OURS = "https://xyper.example"
PAGE = "/api/v1/auth/page"
EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
HOST = Caller.host()
ACCESS, REFRESH = "__Host-xyper-access", "__Host-xyper-refresh"
SAME = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}


@dataclass
class Browser:
    front: Front
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    """What the page was told."""

    async def ask(self, method: str, path: str, *, said: dict[str, str] | None = None, **more: Any) -> ClientResponse:
        """As the page asks; `said`: other headers, an empty one for none."""
        headers = {**SAME, "X-Xyper-CSRF": self.csrf, **({"Origin": OURS} if method != "GET" else {}), **(said or {})}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {name: value for name, value in headers.items() if value}
        answer = await self.front.http.request(method, path, headers=sent, allow_redirects=False, **more)
        self._keep(answer)
        return answer

    async def status(self, method: str, path: str, **more: Any) -> int:
        return (await self.ask(method, path, **more)).status

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD, code: str = "") -> dict[str, Any]:
        answer = await self.ask("POST", PAGE, json={"email": email, "password": password, "code": code})
        assert answer.status == 200, await answer.text()
        return self._told(await answer.json())

    async def look(self) -> dict[str, Any] | None:
        """Who is signed in."""
        return self._present(await (await self.ask("GET", PAGE)).json())

    async def renew(self, idle: float = 0) -> dict[str, Any] | None:
        return self._present(await (await self.ask("POST", f"{PAGE}/renew", json={"idle": idle})).json())

    async def is_in(self) -> bool:
        return await self.status("GET", "/api/v1/auth/me") == 200

    def _present(self, told: Any) -> dict[str, Any] | None:
        return self._told(told["signed_in"]) if told["signed_in"] else None

    def _told(self, found: dict[str, Any]) -> dict[str, Any]:
        self.csrf = found["csrf"]
        return found

    def _keep(self, answer: ClientResponse) -> None:
        for line in answer.headers.getall("Set-Cookie", []):
            for name, one in SimpleCookie(line).items():
                if one["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = one.value


async def code_of(answer: ClientResponse) -> tuple[int, str | None]:
    """The status, and why in a word."""
    return answer.status, (await answer.json()).get("code")


async def ada(front: Front) -> Person:
    """An administrator of Xyper with a password."""
    return await front.rt.access.invitations.add(HOST, "Ada Lindqvist", EMAIL, PASSWORD)


async def signed_in(front: Front, role: Role = Role.xyper_admin, tenant: str | None = None) -> Browser:
    """Of somebody of this role, whom another login has just proved."""
    method: Method = "oidc" if tenant is None else "genesys"
    person = await front.rt.access.people.arrived(method, f"{role}@{tenant}", tenant=tenant, role=role, name="Ada")
    granted = await front.rt.access.sessions.begin(person, address="192.0.2.1", page=True)
    found = Browser(front, {ACCESS: granted.access_token, REFRESH: granted.refresh_token or ""})
    assert await found.look()
    return found
