"""Sessions of others: a tenant's people's for its administrators, Xyper's own for Xyper's."""

from datetime import datetime

from xyper_engine.access.roles import Action
from xyper_engine.access.sessions import Session
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Route, Told
from xyper_engine.runtime import Runtime

_ALL, _OWN = "/api/v1/sessions", "/api/v1/tenants/{tenant}/sessions"


class SessionTold(Told):
    id: str
    person: str
    address: str
    """From where it began."""
    agent: str
    """The program, as it calls itself."""
    begun_at: datetime
    used_at: datetime
    """To the minute."""
    expires_at: datetime


class SessionList(Told):
    sessions: tuple[SessionTold, ...]


class SessionPage(SessionList):
    next: str | None
    """Where the next page begins; null at the end."""


class SessionsApi:
    def __init__(self, rt: Runtime) -> None:
        self._sessions = rt.access.sessions

    def routes(self) -> tuple[Route, ...]:
        read, change = Action.users_read, Action.users_change
        return tuple(
            route
            for path, whose in ((_ALL, "of your own realm"), (_OWN, "of a tenant's people"))
            for route in (
                Route("GET", path, read, self.list, f"List the sessions {whose}, newest first.", query=Page,
                      answer=SessionPage),
                Route("DELETE", f"{path}/{{id}}", change, self.end, f"End one of the sessions {whose}, at once."),
            )
        )  # fmt: skip

    async def list(self, call: Call) -> SessionPage:
        page: Page = call.query
        after = page.after(str)
        found = await self._sessions.list(call.scope, limit=page.limit, before=str(after[0]) if after else None)
        more = cursor(found[-1].id) if len(found) == page.limit else None
        return SessionPage(sessions=tuple(map(told, found)), next=more)

    async def end(self, call: Call) -> None:
        await self._sessions.end(call.caller, call.path("id"), call.scope)


def told(session: Session) -> SessionTold:
    """A session as programs are told of it."""
    return SessionTold.model_validate(session, from_attributes=True)
