"""Dead letters: what could not be delivered, by cause and one by one; mended by hand.

Every route stands twice: below a tenant, and for all that the caller sees. `dead_replays.py` deals with many at once.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.dead_office import DeadOffice, message_of, readable
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Answer, Call, Given, Moment, Route, Told
from xyper_engine.mending import shown
from xyper_engine.runtime import Runtime
from xyper_engine.state.dead_letters import DeadLetter, Source, State
from xyper_engine.state.dead_search import Group, Wanted

OWN, EVERY = "/api/v1/tenants/{tenant}/dead", "/api/v1/dead"


class Letters(Page):
    state: State | Literal["any"] = "waiting"
    """`waiting`: nothing was decided yet; `replaying`: asked for and not done; `any`: whatever became of them."""
    tenant: str | None = Field(None, max_length=100)
    """Of interest where the path names none."""
    reason: str | None = Field(None, max_length=500)
    code: str | None = Field(None, max_length=100)
    """The vendor's own; "" for those without one."""
    adapter: str | None = Field(None, max_length=100)
    direction: Literal["inbound", "outbound", ""] | None = None
    source: Source | None = None
    """`unparsed`: could not be read; `route`: the router gave up; `broker`: delivered too often."""
    since: Moment | None = None
    """When they died, at the earliest."""
    until: Moment | None = None
    event: str | None = Field(None, max_length=100)
    """Our id of the message or receipt that died."""
    replay: str | None = Field(None, max_length=100)
    """The last replay that they were in."""

    def wanted(self, ids: Sequence[str] | None = None) -> Wanted:
        given = self.model_dump(exclude={"limit", "cursor", "state"})
        return Wanted(None if self.state == "any" else self.state, ids, **given)


class SummaryTold(Told):
    waiting: int
    replaying: int
    """Asked for and not done."""
    causes: int
    """Of those that wait."""
    oldest: datetime | None
    """When the first of them died."""
    lately: int
    """How many of them died within the last hour."""


class GroupTold(Told):
    tenant: str | None
    reason: str
    code: str
    adapter: str | None
    direction: str
    letters: int
    first: datetime
    """When the first of them died."""
    last: datetime


class GroupPage(Told):
    groups: tuple[GroupTold, ...]
    """By tenant, then by reason, code, adapter and direction."""
    next: str | None


class LetterTold(Told):
    id: str
    tenant: str | None
    """Null: no tenant owns what it came from."""
    state: State
    source: Source
    reason: str
    code: str
    detail: str
    adapter: str | None
    account: str | None
    direction: str
    hook: str | None
    event_id: str | None
    died_at: datetime
    replay: str | None
    """The last replay that it was in."""
    replayed_at: datetime | None
    edited_at: datetime | None
    edited_by: str | None
    discarded_at: datetime | None
    discarded_by: str | None
    discarded_why: str | None
    version: int


class LetterPage(Told):
    letters: tuple[LetterTold, ...]
    """Newest first."""
    next: str | None


class LetterWhole(LetterTold):
    body: Any
    """What it holds, without what people wrote and who they are."""
    parts: tuple[dict[str, Any], ...] | None
    """What the message says, as it may be given back changed; null for those who may not read it, and for what is no
    message."""


class Revealed(Told):
    body: Any
    """All of it, as JSON; `{"base64": …}` where it is none."""
    original: Any
    """As it was before the first change by hand; null where there was none."""


class Change(Given):
    parts: tuple[dict[str, Any], ...] = Field(min_length=1, max_length=50)
    """All of them, as they were read, with other words in texts, choices and templates: files and other kinds stay."""


class DeadApi:
    def __init__(self, rt: Runtime) -> None:
        self._office = DeadOffice(rt.db, rt.keyring)

    def routes(self) -> tuple[Route, ...]:
        return (*self._below(OWN, "of a tenant"), *self._below(EVERY, "of all that you see"))

    def _below(self, path: str, whose: str) -> tuple[Route, ...]:
        read, one = Action.dead_read, f"{path}/{{id}}"
        return (
            Route("GET", f"{path}/summary", read, self.summary, f"Count the dead letters {whose} that wait.",
                  answer=SummaryTold),
            Route("GET", f"{path}/groups", read, self.groups, f"Count the dead letters {whose} by what killed them.",
                  query=Letters, answer=GroupPage),
            Route("GET", path, read, self.list, f"List the dead letters {whose}.", query=Letters, answer=LetterPage),
            Route("GET", one, read, self.one, f"Read one {whose}.", answer=LetterWhole),
            Route("POST", f"{one}/revelation", Action.bodies_read, self.reveal, f"Tell all that one {whose} holds.",
                  answer=Revealed),
            Route("PATCH", one, Action.dead_mend, self.change, f"Change what one {whose} says.", body=Change,
                  answer=LetterWhole, conditional=True),
        )  # fmt: skip

    async def summary(self, call: Call) -> SummaryTold:
        return SummaryTold.model_validate(asdict(await self._office.summary(call.scope)))

    async def groups(self, call: Call) -> GroupPage:
        query: Letters = call.query
        after = query.after(str, str, str, str, str)
        key = [str(one) for one in after] if after is not None else None
        found = await self._office.groups(call.scope, query.wanted(), key, query.limit + 1)
        page = found[: query.limit]
        return GroupPage(
            groups=tuple(map(group_told, page)), next=cursor(*page[-1].key) if len(found) > query.limit else None
        )

    async def list(self, call: Call) -> LetterPage:
        query: Letters = call.query
        found = await self._office.page(call.scope, query.wanted(), query.after_moment(), query.limit + 1)
        page, last = found[: query.limit], found[query.limit - 1] if len(found) > query.limit else None
        return LetterPage(
            letters=tuple(LetterTold(**_facts(one)) for one in page),
            next=cursor(last.died_at.isoformat(), last.id) if last else None,
        )

    async def one(self, call: Call) -> Answer:
        return _whole(call, await self._office.one(call.scope, call.path("id")))

    async def reveal(self, call: Call) -> Revealed:
        """The audit notes who asked."""
        letter, original = await self._office.revealed(call.caller, call.scope, call.path("id"))
        before = None if original is None else readable(original, whole=True)
        return Revealed(body=readable(letter.body, whole=True), original=before)

    async def change(self, call: Call) -> Answer:
        """The first body is kept; the audit notes who changed it. Replay it afterwards.

        409 where there is no message in it, where it does not wait any more, or where a part of it may have been sent.
        """
        body: Change = call.body
        letter = await self._office.mend(call.caller, call.scope, call.path("id"), body.parts, call.version)
        return _whole(call, letter)


def group_told(group: Group) -> GroupTold:
    return GroupTold(**{name: getattr(group, name) for name in Group.__slots__})


def _whole(call: Call, letter: DeadLetter) -> Answer:
    message = message_of(letter) if call.caller.may(Action.bodies_read) else None
    parts = None if message is None else tuple(shown(message))
    told = LetterWhole(**_facts(letter), body=readable(letter.body, whole=False), parts=parts)
    return Answer(told, etag=str(letter.version))


def _facts(letter: DeadLetter) -> dict[str, Any]:
    return {name: getattr(letter, name) for name in LetterTold.model_fields}
