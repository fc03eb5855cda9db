"""Alerts: what is wrong, and whom to tell. Each list is of a tenant, or of who runs Xyper, who is told everything.

Webhooks are signed as https://www.standardwebhooks.com has it (`webhook-id`, `webhook-timestamp`, `webhook-signature`).
"""

from typing import Any

from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.alert_office import AlertOffice
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Answer, Call, Given, Route, Told
from xyper_engine.runtime import Runtime
from xyper_engine.saying import Saying, sayings
from xyper_engine.state.alert_channels import ChannelView, Kind
from xyper_engine.state.alerts import OF_TENANTS, AlertBook, AlertView, Topic

_ALL, _OWN = "/api/v1/alerts", "/api/v1/tenants/{tenant}/alerts"
_TO = "E-mail addresses with commas between them, or the https:// address of a webhook."


class AlertQuery(Page):
    open: bool = False
    """Only what goes on."""


class AlertTold(AlertView, Told):
    """Something that is wrong, or was."""


class AlertPage(Told):
    alerts: tuple[AlertTold, ...]
    """Newest first."""
    next: str | None


class NewChannel(Given):
    kind: Kind
    name: str = Field(min_length=1, max_length=100)
    to: str = Field(min_length=1, max_length=2000, description=_TO)
    topics: tuple[Topic, ...] = Field((), max_length=20)
    """What is to be told; none: everything."""


class ChannelChange(Given):
    name: str | None = Field(None, min_length=1, max_length=100)
    to: str | None = Field(None, min_length=1, max_length=2000, description=_TO)
    topics: tuple[Topic, ...] | None = Field(None, max_length=20)
    enabled: bool | None = None


class ChannelTold(ChannelView, Told):
    """Whom to tell; of a webhook's address no more than its host."""


class ChannelMade(ChannelTold):
    secret: str | None
    """With what its webhooks are signed: shown this once. Null of e-mail."""


class ChannelList(Told):
    channels: tuple[ChannelTold, ...]
    topics: tuple[Topic, ...]
    """What can be told here."""
    email: bool
    """Whether e-mail can be sent: `[smtp]` says so."""


class SecretTold(Told):
    secret: str
    """Shown this once."""


class OutcomeTold(Told):
    ok: bool
    words: str
    """How it went, and what to do where it did not go well."""
    said: dict[str, Saying]
    """The same for other languages."""


class AlertsApi:
    def __init__(self, rt: Runtime) -> None:
        self._book = AlertBook(rt.db)
        self._office = AlertOffice(rt.db, rt.keyring, rt.settings)

    def routes(self) -> tuple[Route, ...]:
        return *self._of(_ALL, "wherever you may look"), *self._of(_OWN, "of one tenant")

    def _of(self, path: str, whose: str) -> tuple[Route, ...]:
        read, change, channels = Action.alerts_read, Action.alerts_change, f"{path}/channels"
        one = f"{channels}/{{id}}"
        return (
            Route("GET", path, read, self.alerts, f"List what is or was wrong, {whose}.", query=AlertQuery,
                  answer=AlertPage),
            Route("GET", channels, read, self.list, f"List whom to tell, {whose}.", answer=ChannelList),
            Route("POST", channels, change, self.add, f"Add an alert channel, {whose}.", body=NewChannel,
                  answer=ChannelMade, status=201),
            Route("GET", one, read, self.read, f"Read an alert channel, {whose}.", answer=ChannelTold),
            Route("PATCH", one, change, self.change, f"Change an alert channel, {whose}.", body=ChannelChange,
                  answer=ChannelTold, conditional=True),
            Route("DELETE", one, change, self.remove, f"Remove an alert channel, {whose}.", conditional=True),
            Route("POST", f"{one}/test", change, self.test, f"Try an alert channel, {whose}.", answer=OutcomeTold),
            Route("POST", f"{one}/secret", change, self.sign, f"Make a webhook's secret anew, {whose}.",
                  answer=SecretTold),
        )  # fmt: skip

    async def alerts(self, call: Call) -> AlertPage:
        query: AlertQuery = call.query
        found = await self._book.listed(call.scope, query.after_moment(), query.limit + 1, open_=query.open)
        told, last = found[: query.limit], found[query.limit - 1] if len(found) > query.limit else None
        return AlertPage(
            alerts=tuple(AlertTold.model_validate(one.model_dump()) for one in told),
            next=cursor(last.began_at.isoformat(), last.id) if last else None,
        )

    async def list(self, call: Call) -> ChannelList:
        found = await self._office.listed(call.scope)
        topics = tuple(Topic) if call.scope is None else OF_TENANTS
        return ChannelList(channels=tuple(map(_told, found)), topics=topics, email=self._office.has_mail)

    async def add(self, call: Call) -> Answer:
        """A webhook's secret is told this once."""
        wish: NewChannel = call.body
        made, secret = await self._office.add(call.caller, call.scope, wish.kind, wish.name, wish.to, wish.topics)
        return Answer(ChannelMade(**made.model_dump(), secret=secret), etag=str(made.version))

    async def read(self, call: Call) -> Answer:
        return _answer(await self._office.one(call.scope, call.path("id")))

    async def change(self, call: Call) -> Answer:
        """What is left out stays. A channel that is switched off is not told later what it missed."""
        values: dict[str, Any] = call.body.model_dump(exclude_none=True)
        return _answer(await self._office.change(call.caller, call.scope, call.path("id"), values, call.version))

    async def remove(self, call: Call) -> None:
        await self._office.remove(call.caller, call.scope, call.path("id"), call.version)

    async def test(self, call: Call) -> OutcomeTold:
        outcome = await self._office.test(call.caller, call.scope, call.path("id"))
        return OutcomeTold(ok=outcome.ok, words=outcome.words, said=sayings(words=outcome.words))

    async def sign(self, call: Call) -> SecretTold:
        """The one before counts no more."""
        return SecretTold(secret=await self._office.sign_anew(call.caller, call.scope, call.path("id")))


def _told(view: ChannelView) -> ChannelTold:
    return ChannelTold.model_validate(view.model_dump())


def _answer(view: ChannelView) -> Answer:
    return Answer(_told(view), etag=str(view.version))
