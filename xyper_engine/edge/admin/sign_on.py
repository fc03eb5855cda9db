"""Signing in at the dashboard with another's login: the operator's identity provider, or a tenant's Genesys Cloud.

It takes the whole window, or a window of its own where the page must stay; either comes back to the dashboard's address
with a code that opens nothing without this browser's cookie, nor twice.
"""

from pydantic import Field, SecretStr

from xyper_engine.access.sessions import Granted
from xyper_engine.access.sign_ins import LASTS, PROOF_LASTS, id_of
from xyper_engine.edge.admin.caller import PageCaller
from xyper_engine.edge.admin.session import PATH, PageTold, SessionApi
from xyper_engine.edge.route import Answer, Call, Given, Route
from xyper_engine.edge.sign_in_cookie import cookie_of, with_cookie
from xyper_engine.edge.sign_in_pages import HTML, in_window
from xyper_engine.plugins import Registry
from xyper_engine.reception import Reception
from xyper_engine.runtime import Runtime


class OfTenant(Given):
    tenant: str = Field("", max_length=200)
    """Its id, or its full name."""
    again: bool = False
    """As the identity provider's; this login has no such thing."""


class Landed(Given):
    code: SecretStr = Field(max_length=200)
    """As it stands in the address."""
    tenant: str | None = Field(None, max_length=200)
    """As it stands there; null after the operator's identity provider."""


class SignOnApi:
    def __init__(self, rt: Runtime, registry: Registry, session: SessionApi) -> None:
        self._rt = rt
        self._public_url = rt.settings.public_url
        self._reception = Reception(rt, registry)
        self._session = session
        self._page = PageCaller(rt)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", f"{PATH}/genesys", None, in_window(self.start),
                  "In the browser's window: go to the login of a tenant's Genesys Cloud.",
                  query=OfTenant, status=303, content=HTML),
            Route("POST", f"{PATH}/sign-on", None, self.finish,
                  "Hand in the code of another's login: once, for the page's session.",
                  body=Landed, answer=PageTold),
        )  # fmt: skip

    async def start(self, call: Call) -> Answer:
        started, _, url = await self._reception.begin_at_page(call.query.tenant)
        sid = id_of(started.state)
        return with_cookie(self._public_url, sid, started.cookie, LASTS + PROOF_LASTS, to=url)

    async def finish(self, call: Call) -> Answer:
        self._page.check_ours(call.request)
        given: Landed = call.body
        sid, _, proof = given.code.get_secret_value().partition(".")
        secret = cookie_of(call.request, self._public_url, sid)
        granted = await self._granted(call, given.tenant, sid, secret, proof)
        return await self._session.begun(call, granted)

    async def _granted(self, call: Call, tenant: str | None, sid: str, secret: str, proof: str) -> Granted:
        by, agent = call.caller, call.request.headers.get("User-Agent", "")
        if tenant is not None:
            return await self._reception.finish(by, tenant, sid, secret, proof, agent, page=True)
        note = await self._rt.sign_on.sign_ins.finish(None, sid, secret, proof)
        person = await self._rt.access.people.get(note["person"], None)
        return await self._rt.access.sessions.begin(
            person, address=by.address, agent=agent, page=True, fresh=note["just_now"], request_id=by.request_id
        )
