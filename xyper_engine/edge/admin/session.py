"""The session of the dashboard's page: it begins and ends here, and goes on; its tokens never leave their cookies.

A page knows of its session what it is told here: who is signed in, until when, and the CSRF value for all it asks.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from pydantic import Field

from xyper_engine.access.page_sessions import FRESH, PageSession
from xyper_engine.access.roles import Action
from xyper_engine.access.sessions import Granted
from xyper_engine.edge.admin.caller import CSRF, PageCaller
from xyper_engine.edge.admin.cookies import REFRESH
from xyper_engine.edge.api.auth import Login
from xyper_engine.edge.api.own import Proof as Password
from xyper_engine.edge.route import Answer, Call, Given, Route, Told
from xyper_engine.errors import NotFound, Unauthenticated
from xyper_engine.model import now
from xyper_engine.runtime import Runtime

PATH = "/api/v1/auth/page"


class Renewal(Given):
    idle: float = Field(0, ge=0, le=31_536_000)
    """Seconds for which nobody has done anything at the page."""


class ProvedAgain(Password):
    code: str = Field("", max_length=50)
    """Of the authenticator app, or a recovery code; left out by whoever has not set one up."""


class PageTold(Told):
    id: str
    """Of the person."""
    name: str
    email: str
    method: str
    """How they sign in: `local`, `oidc` or `genesys`."""
    second_factor: bool
    """Whether their password alone does not suffice here."""
    role: str
    tenant: str | None
    """Null: every tenant."""
    actions: tuple[str, ...]
    """What they may do: `self:manage` alone while a second factor is still to be set up."""
    session: str
    csrf: str
    """To be sent as `X-Xyper-CSRF` along with everything that the page asks."""
    now: datetime
    token_until: datetime
    """By then the page must have renewed."""
    idle_at: datetime
    """When the session ends if nobody does anything."""
    ends_at: datetime
    """When it ends whatever happens."""
    fresh_until: datetime
    """Until when what cannot be undone wants no further proof."""


class Presence(Told):
    signed_in: PageTold | None
    """Null: nobody is, or not without renewing."""
    renewable: bool
    """Whether it is worth trying to renew."""


class SessionApi:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._pages = rt.access.pages
        self._page = PageCaller(rt)

    def routes(self) -> tuple[Route, ...]:
        own = Action.self_manage
        return (
            Route("GET", PATH, None, self.tell, "Who is signed in at the dashboard's page, and its CSRF value.",
                  answer=Presence),
            Route("POST", PATH, None, self.sign_in, "Sign in at the dashboard's page: its tokens go into cookies.",
                  body=Login, answer=PageTold),
            Route("POST", f"{PATH}/renew", None, self.renew, "Go on: new tokens for those in the cookies.",
                  body=Renewal, answer=Presence),
            Route("DELETE", PATH, None, self.sign_out, "End the page's session and take its cookies away."),
            Route("POST", f"{PATH}/prove", own, self.prove,
                  "Prove again who you are, for what cannot be undone.",
                  body=ProvedAgain, answer=PageTold),
        )  # fmt: skip

    async def tell(self, call: Call) -> Presence:
        """That nobody is signed in is no error: so begins every visit."""
        self._page.check_ours(call.request)
        renewable = bool(self._page.cookies.read(call.request, REFRESH))
        try:
            found = await self._page.known(call.request)
        except Unauthenticated:
            return Presence(signed_in=None, renewable=renewable)
        return Presence(signed_in=await self._told(found), renewable=renewable)

    async def sign_in(self, call: Call) -> Answer:
        self._page.check_ours(call.request)
        given: Login = call.body
        granted = await self._rt.access.local.sign_in(
            given.email,
            given.password.get_secret_value(),
            given.code,
            address=call.caller.address,
            agent=call.request.headers.get("User-Agent", ""),
            page=True,
            request_id=call.caller.request_id,
        )
        return await self.begun(call, granted)

    async def begun(self, call: Call, granted: Granted) -> Answer:
        """The answer that begins a session in this browser; the one that it had before ends."""
        await self._leave(call, "signed in again")
        told = await self._told(await self._pages.prove(granted.access_token))
        return Answer(told, headers=self._page.cookies.handed(granted))

    async def renew(self, call: Call) -> Answer:
        self._page.check_ours(call.request)
        token = self._page.cookies.read(call.request, REFRESH)
        try:
            granted = await self._pages.renew(token, timedelta(seconds=call.body.idle))
        except Unauthenticated:
            return Answer(Presence(signed_in=None, renewable=False), headers=self._page.cookies.taken())
        told = await self._told(await self._pages.prove(granted.access_token))
        return Answer(Presence(signed_in=told, renewable=True), headers=self._page.cookies.handed(granted))

    async def sign_out(self, call: Call) -> Answer:
        """Whoever is not signed in (any more) is out already."""
        self._page.check_ours(call.request)
        await self._leave(call, "signed out", call.request.headers.get(CSRF, ""))
        return Answer(headers=self._page.cookies.taken())

    async def prove(self, call: Call) -> PageTold:
        given: ProvedAgain = call.body
        await self._rt.access.local.prove_again(call.caller, given.password.get_secret_value(), given.code)
        await self._pages.proved_again(call.caller)
        return await self._told(await self._page.known(call.request))

    async def _leave(self, call: Call, why: str, csrf: str | None = None) -> None:
        try:
            found = await self._page.known(call.request)
        except Unauthenticated:
            return
        if csrf is not None:
            found.check(csrf)
        who = found.caller.at(call.caller.address, call.caller.request_id)
        with suppress(NotFound):  # ended in this very moment
            await self._rt.access.sessions.end(who, who.session or "", who.tenant, person=who.id, why=why)

    async def _told(self, found: PageSession) -> PageTold:
        who = found.caller
        person = await self._rt.access.people.get(who.id, who.tenant)
        idle_at = await self._pages.idle_at(who.session or "")
        return PageTold(
            id=who.id,
            name=who.name,
            email=person.email,
            method=person.method,
            second_factor=person.method == "local" and await self._rt.access.local.has_factor(who.id),
            role=who.role,
            tenant=who.tenant,
            actions=tuple(sorted(who.actions)),
            session=who.session or "",
            csrf=found.csrf,
            now=now(),
            token_until=found.token_until,
            idle_at=idle_at or found.token_until,
            ends_at=found.expires_at,
            fresh_until=found.proved_at + FRESH,
        )
