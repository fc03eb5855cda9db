"""Consents: what customers decided about being written to, with what proves it."""

from datetime import datetime

from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.consent import Kind
from xyper_engine.consent_office import ConsentOffice, Decision
from xyper_engine.edge.hiding import hidden
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.runtime import Runtime
from xyper_engine.state.consents import Consent
from xyper_engine.state.contacts import Known

_ALL = "/api/v1/tenants/{tenant}/consents"
_LARGEST = 1_000_000
"""Characters of an import."""


class Filter(Page):
    contact: str | None = Field(None, max_length=300, examples=["tel:+16505551234"])
    """The customer's whole address; any of their names."""
    source: str | None = Field(None, max_length=40, examples=["keyword", "131050", "user_preferences", "api", "import"])


class Whose(Given):
    contact: str = Field(max_length=300, examples=["tel:+16505551234"])
    """The customer's whole address; any of their names."""
    account: str = Field("", max_length=200)
    """By which number; left out: by all."""


class Table(Given):
    csv: str = Field(max_length=_LARGEST)
    """A header, with `contact`, `kind`, `given` and any of `at`, `account`, `wording`, `event`; then 5,000 lines at
    most."""


class Wish(Decision, Given):
    """What a customer decided, as somebody heard it."""


class ConsentTold(Told):
    id: str
    contact: str | None
    """The customer's address, a telephone number without its middle; null: they were erased."""
    account: str
    """The number that it is about; empty: all of the tenant's."""
    kind: Kind
    given: bool
    source: str
    """`keyword`, `131050` (a message that Meta refused), `user_preferences` (Meta's own switch), `api`, `import`."""
    event: str
    """What proves it: our id of the message or webhook, or what was given."""
    at: datetime
    noted_at: datetime
    by: str
    """`customer`, or who noted it for them."""
    text_hash: str
    """SHA-256 of the wording, in hex; empty: there was none."""


class ConsentPage(Told):
    consents: tuple[ConsentTold, ...]
    """As they were noted, newest first."""
    next: str | None
    """Where the next page begins; null at the end."""


class StandingTold(Told):
    """Whether they agreed; null: they never said."""

    marketing: bool | None
    everything: bool | None


class Found(ConsentPage):
    standing: StandingTold | None
    """Of the customer that was asked for, by all numbers; null: none was."""


class ImportTold(Told):
    noted: int
    known: int
    """Noted before."""
    errors: dict[int, str]
    """What is wrong, by line; the header is the first. These lines were not noted, all others were."""


class ConsentsApi:
    def __init__(self, rt: Runtime) -> None:
        self._consents = rt.consents
        self._office = ConsentOffice(rt.db, rt.contacts, rt.consents)

    def routes(self) -> tuple[Route, ...]:
        read, change = Action.consents_read, Action.consents_change
        return (
            Route("GET", _ALL, read, self.list, "List consents, also of one customer.", query=Filter,
                  answer=ConsentPage),
            Route("POST", _ALL, change, self.note, "Note what a customer decided.", body=Wish, answer=ConsentTold,
                  status=201),
            Route("POST", f"{_ALL}/import", change, self.bring, "Note many decisions, from a CSV.", body=Table,
                  answer=ImportTold, body_limit=2 * _LARGEST, timeout=120.0),
            Route("POST", f"{_ALL}/search", read, self.search,
                  "As the list, with the customer where no log of addresses has them.", body=Filter, answer=Found,
                  asks=True),
            Route("GET", f"{_ALL}/standing", read, self.standing, "Tell what a customer last decided.", query=Whose,
                  answer=StandingTold),
            Route("GET", f"{_ALL}/{{id}}", read, self.one, "Read one consent, with its proof.", answer=ConsentTold),
        )  # fmt: skip

    async def list(self, call: Call) -> ConsentPage:
        query: Filter = call.query
        whose = await self._office.find(call.tenant, query.contact) if query.contact else None
        return await self._page(call.tenant, query, whose)

    async def search(self, call: Call) -> Found:
        body: Filter = call.body
        whose = await self._office.find(call.tenant, body.contact) if body.contact else None
        page = await self._page(call.tenant, body, whose)
        return Found(consents=page.consents, next=page.next, standing=_standing(whose, "") if whose else None)

    async def _page(self, tenant: str, asked: Filter, whose: Known | None) -> ConsentPage:
        key = asked.after(str)
        found = await self._consents.page(
            tenant, whose.id if whose else None, str(key[0]) if key else None, asked.limit + 1, asked.source
        )
        page = found[: asked.limit]
        return ConsentPage(
            consents=tuple(map(_told, page)), next=cursor(page[-1].id) if len(found) > asked.limit else None
        )

    async def note(self, call: Call) -> ConsentTold:
        """It holds at once, on every process."""
        return _told(await self._office.note(call.caller, call.tenant, call.body))

    async def bring(self, call: Call) -> ImportTold:
        """The same file again adds nothing."""
        done = await self._office.bring(call.caller, call.tenant, call.body.csv)
        return ImportTold(noted=done.noted, known=done.known, errors=dict(done.errors))

    async def standing(self, call: Call) -> StandingTold:
        query: Whose = call.query
        return _standing(await self._office.find(call.tenant, query.contact), query.account)

    async def one(self, call: Call) -> ConsentTold:
        return _told(await self._consents.one(call.tenant, call.path("id")))


def _standing(whose: Known, account: str) -> StandingTold:
    given = whose.standing.given
    return StandingTold(marketing=given(Kind.marketing, account), everything=given(Kind.everything, account))


def _told(one: Consent) -> ConsentTold:
    return ConsentTold(
        id=one.id,
        contact=hidden(one.contact) if one.contact else None,
        account=one.account,
        kind=one.kind,
        given=one.given,
        source=one.source,
        event=one.event,
        at=one.at,
        noted_at=one.noted_at,
        by=one.by,
        text_hash=one.text_hash,
    )
