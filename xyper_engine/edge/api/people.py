"""People who write to a tenant: find one, tell everything that is held, keep it under a legal hold, or forget it.

Names are given in bodies, never in addresses, which logs of proxies keep.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.edge.hiding import hidden
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.privacy_office import Found, PrivacyOffice
from xyper_engine.runtime import Runtime
from xyper_engine.state.erasures import Erasure
from xyper_engine.state.holds import Hold

_ALL = "/api/v1/tenants/{tenant}/people"
_SEARCH, _ERASURES, _REPORTS, _HOLDS = (f"{_ALL}/{name}" for name in ("search", "erasures", "reports", "holds"))


class Whom(Given):
    person: str = Field(min_length=1, max_length=200, examples=["+393331234567", "bsuid:US.1349…"])
    """A phone number with its country code, `bsuid:` and a user id, a user name, or our id of a contact."""


class HoldWish(Given):
    person: str | None = Field(None, min_length=1, max_length=200)
    """As for a search; null: everybody of the tenant."""
    reason: str = Field(min_length=1, max_length=1000)
    """It stays in the audit for good: name the case, not the person."""


class Release(Given):
    reason: str = Field(min_length=1, max_length=1000)


class PersonTold(Told):
    mark: str
    """A keyed hash: so the audit and certificates name them."""
    contacts: tuple[str, ...]
    """Our ids of them; none of somebody who was only written to."""
    names: tuple[str, ...]
    """All their numbers and user ids, hidden but for the end; of some numbers both forms in which they are written."""
    messages: int
    conversations: int
    files: int
    hold: str | None
    """The legal hold that keeps them."""


class PeopleTold(Told):
    people: tuple[PersonTold, ...]


class ErasureTold(Told):
    id: str
    state: Literal["erasing", "settling", "done"]
    """`settling`: all was deleted; it is done once more when whatever was under way has ended."""
    person: str
    """Their mark."""
    asked_by: str
    asked_at: datetime
    removed: dict[str, int]
    """How much, by kind, so far."""
    finished_at: datetime | None
    certificate: str | None
    """A JWT (`typ` `erasure+jwt`) with the key that proves it in its header."""


class ErasurePage(Told):
    erasures: tuple[ErasureTold, ...]
    """Newest first."""
    next: str | None


class ReportTold(Told):
    url: str
    """A zip for whoever has this address, for a day."""
    expires_at: datetime


class HoldTold(Told):
    id: str
    everybody: bool
    names: tuple[str, ...]
    """Hidden but for the end."""
    reason: str
    held_by: str
    held_at: datetime
    released_by: str | None
    released_at: datetime | None
    released_why: str | None


class HoldPage(Told):
    holds: tuple[HoldTold, ...]
    """Newest first."""
    next: str | None


class PeopleApi:
    def __init__(self, rt: Runtime) -> None:
        self._office = PrivacyOffice(rt.db, rt.keyring, rt.media, rt.settings.public_url)

    def routes(self) -> tuple[Route, ...]:
        read, hold = Action.people_read, Action.people_hold
        return (
            Route("POST", _SEARCH, read, self.search, "Find a person by any name.", body=Whom, answer=PeopleTold),
            Route("POST", _REPORTS, Action.people_report, self.report, "Get a link to everything held about a person.",
                  body=Whom, answer=ReportTold, status=201),
            Route("POST", _ERASURES, Action.people_erase, self.erase, "Forget a person.", body=Whom,
                  answer=ErasureTold, status=202, careful=True),
            Route("GET", _ERASURES, read, self.erasures, "List the erasures.", query=Page, answer=ErasurePage),
            Route("GET", f"{_ERASURES}/{{id}}", read, self.erasure, "See how far an erasure is, and its certificate.",
                  answer=ErasureTold),
            Route("POST", _HOLDS, hold, self.hold, "Keep a person, or everybody, from being deleted.", body=HoldWish,
                  answer=HoldTold, status=201),
            Route("GET", _HOLDS, read, self.holds, "List the legal holds.", query=Page, answer=HoldPage),
            Route("GET", f"{_HOLDS}/{{id}}", read, self.held, "Read a legal hold.", answer=HoldTold),
            Route("POST", f"{_HOLDS}/{{id}}/release", hold, self.release, "Release a legal hold.", body=Release,
                  answer=HoldTold),
        )  # fmt: skip

    async def search(self, call: Call) -> PeopleTold:
        found = await self._office.find(call.caller, call.tenant, call.body.person)
        return PeopleTold(people=tuple(map(_person, found)))

    async def report(self, call: Call) -> ReportTold:
        """Messages as JSON and to be read, files, contact data, consents. To fetch it is noted in the audit, too."""
        link = await self._office.report(call.caller, call.tenant, call.body.person)
        return ReportTold(url=link.url, expires_at=link.expires_at)

    async def erase(self, call: Call) -> ErasureTold:
        """All that is stored goes, and what is queued is dropped; what they write later is of somebody new.

        409 under a legal hold. It cannot be undone.
        """
        return _erasure(await self._office.erase(call.caller, call.tenant, call.body.person))

    async def erasures(self, call: Call) -> ErasurePage:
        page: Page = call.query
        found = await self._office.erasures.page(call.tenant, _before(page), page.limit + 1)
        told, following = _cut(found, page.limit)
        return ErasurePage(erasures=tuple(map(_erasure, told)), next=following)

    async def erasure(self, call: Call) -> ErasureTold:
        return _erasure(await self._office.erasures.one(call.tenant, call.path("id")))

    async def hold(self, call: Call) -> HoldTold:
        """While it stands neither retention nor an erasure deletes what it keeps, nor is the tenant removed."""
        wish: HoldWish = call.body
        return _hold(await self._office.hold(call.caller, call.tenant, wish.person, wish.reason))

    async def holds(self, call: Call) -> HoldPage:
        page: Page = call.query
        found = await self._office.holds(call.tenant, _before(page), page.limit + 1)
        told, following = _cut(found, page.limit)
        return HoldPage(holds=tuple(map(_hold, told)), next=following)

    async def held(self, call: Call) -> HoldTold:
        return _hold(await self._office.held(call.tenant, call.path("id")))

    async def release(self, call: Call) -> HoldTold:
        """What is older than the tenant keeps it goes with the next round."""
        return _hold(await self._office.release(call.caller, call.tenant, call.path("id"), call.body.reason))


def _before(page: Page) -> str | None:
    (before,) = page.after(str) or (None,)
    return str(before) if before is not None else None


def _cut(found: Sequence[Any], limit: int) -> tuple[Sequence[Any], str | None]:
    return found[:limit], cursor(found[limit - 1].id) if len(found) > limit else None


def _person(found: Found) -> PersonTold:
    counts = {name: getattr(found, name) for name in ("mark", "messages", "conversations", "files", "hold")}
    names = tuple(map(hidden, found.person.names))
    return PersonTold(contacts=found.person.contacts, names=names, **counts)


def _erasure(one: Erasure) -> ErasureTold:
    return ErasureTold.model_validate({**asdict(one), "state": one.state})


def _hold(one: Hold) -> HoldTold:
    names = tuple(map(hidden, one.names))
    return HoldTold.model_validate({**asdict(one), "everybody": not one.names, "names": names})
