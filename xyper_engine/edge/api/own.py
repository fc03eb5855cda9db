"""What is one's own: who one is, one's password, second factor and sessions."""

from pydantic import Field, SecretStr

from xyper_engine.access.roles import Action
from xyper_engine.edge.api.sessions import SessionList, told
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.runtime import Runtime

_PATH = "/api/v1/auth"


class Me(Told):
    kind: str
    """`person` or `key`."""
    id: str
    name: str
    role: str
    tenant: str | None
    """Null: every tenant."""
    actions: tuple[str, ...]
    session: str | None
    conversation: str | None
    """The only one that the session is for."""


class PasswordChange(Given):
    current: SecretStr = Field(max_length=1000)
    new: SecretStr = Field(max_length=1000)
    """12 characters at least; not the name or the e-mail address."""


class Proof(Given):
    password: SecretStr = Field(max_length=1000)


class Code(Given):
    code: str = Field(max_length=50)


class FactorOffered(Told):
    secret: str
    """To be typed into an authenticator app."""
    uri: str
    """The same, for a QR code."""
    qr: str
    """That code, drawn: a path of SVG, black on white."""
    qr_size: int
    """Its width and height, in units of that path."""


class RecoveryCodes(Told):
    recovery_codes: tuple[str, ...]
    """Each is good once, instead of a code of the app. They are shown now and never again."""


class OwnApi:
    def __init__(self, rt: Runtime) -> None:
        self._access = rt.access

    def routes(self) -> tuple[Route, ...]:
        own = Action.self_manage
        factor = f"{_PATH}/second-factor"
        return (
            Route("GET", f"{_PATH}/me", own, self.me, "Who you are and what you may do.", answer=Me),
            Route("POST", f"{_PATH}/logout", own, self.logout, "End this session."),
            Route("PUT", f"{_PATH}/password", own, self.password, "Change your password; your other sessions end.",
                  body=PasswordChange),
            Route("POST", factor, own, self.offer, "Make a second factor; it counts once it is confirmed.",
                  body=Proof, answer=FactorOffered),
            Route("POST", f"{factor}/confirm", own, self.confirm,
                  "Confirm it with its first code; your other sessions end, refresh this one.",
                  body=Code, answer=RecoveryCodes),
            Route("GET", f"{_PATH}/sessions", own, self.sessions, "List your sessions.", answer=SessionList),
            Route("DELETE", f"{_PATH}/sessions/{{id}}", own, self.end, "End one of your sessions."),
        )  # fmt: skip

    async def me(self, call: Call) -> Me:
        who = call.caller
        return Me(
            kind=who.kind,
            id=who.id,
            name=who.name,
            role=who.role,
            tenant=who.tenant,
            actions=tuple(sorted(who.actions)),
            session=who.session,
            conversation=who.conversation,
        )

    async def logout(self, call: Call) -> None:
        await self._end(call, call.caller.session or "")

    async def password(self, call: Call) -> None:
        given: PasswordChange = call.body
        current, new = given.current.get_secret_value(), given.new.get_secret_value()
        await self._access.local.change_password(call.caller, current, new)

    async def offer(self, call: Call) -> FactorOffered:
        offered = await self._access.local.offer_factor(call.caller, call.body.password.get_secret_value())
        return FactorOffered(secret=offered.secret, uri=offered.uri, qr=offered.qr, qr_size=offered.qr_size)

    async def confirm(self, call: Call) -> RecoveryCodes:
        return RecoveryCodes(recovery_codes=tuple(await self._access.local.confirm_factor(call.caller, call.body.code)))

    async def sessions(self, call: Call) -> SessionList:
        found = await self._access.sessions.list(call.caller.tenant, call.caller.id)
        return SessionList(sessions=tuple(map(told, found)))

    async def end(self, call: Call) -> None:
        await self._end(call, call.path("id"))

    async def _end(self, call: Call, session: str) -> None:
        who = call.caller
        await self._access.sessions.end(who, session, who.tenant, person=who.id, why="signed out")
