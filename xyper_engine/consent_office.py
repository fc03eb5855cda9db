"""Consents, as people and programs note them: by the API or the command line. The audit knows who noted what."""

import csv
import hashlib
from asyncio import gather
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.consent import Kind, Said
from xyper_engine.errors import Conflict, Invalid, NotFound
from xyper_engine.model import Contact, now
from xyper_engine.state.consents import Consent, Consents, add
from xyper_engine.state.contacts import Contacts, Known
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

MOST = 5000
"""Lines of one import."""
COLUMNS = ("contact", "kind", "given", "at", "account", "wording", "event")


class Decision(BaseModel):
    """What a customer decided, as somebody heard it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    contact: str = Field(pattern=r"^(tel:\+[1-9][0-9]{5,14}|bsuid:[A-Za-z0-9.]{1,150})$", examples=["tel:+16505551234"])
    """Whose decision: a telephone number, or Meta's user id (`bsuid:US.1349…`)."""
    kind: Kind
    given: bool
    """False: withdrawn."""
    at: AwareDatetime | None = None
    """When; left out: now. The last decision holds, in whatever order they are noted."""
    account: str = Field("", max_length=200)
    """The number that it is about, e.g. a WhatsApp phone number id; left out: all of the tenant's."""
    wording: str = Field("", max_length=4000)
    """What the customer said or agreed to. Only its SHA-256 is kept."""
    event: str = Field("", max_length=100)
    """What proves it, e.g. a form's or a message's id: of one event, each kind is noted once."""

    @field_validator("at")
    @classmethod
    def _past(cls, at: datetime | None) -> datetime | None:
        if at is not None and at > now():
            raise ValueError("must not lie in the future")
        return at


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import. Wrong lines cost the others nothing."""

    noted: int
    known: int
    """Noted before: by the same event, or the same line."""
    errors: Mapping[int, str]
    """By line, the header being the first."""


class ConsentOffice:
    """All methods raise `NotFound` where there is no such tenant, `Invalid`, `Conflict`."""

    def __init__(self, db: Database, contacts: Contacts, consents: Consents) -> None:
        self._db = db
        self._contacts = contacts
        self._consents = consents

    async def note(self, by: Caller, tenant: str, decision: Decision) -> Consent:
        """One decision, and the row that it became."""
        known = await self._known(tenant, await self._channel(tenant), decision)
        async with self._db.tenant(tenant) as connection:
            if decision.account not in await _accounts(connection):
                raise Invalid(_NO_ACCOUNT)
            noted = await add(connection, tenant, known.id, _said(decision, by, "api", decision.event))
            if noted is None:
                raise Conflict("This was noted before: a decision of this kind with this `event`.")
            told = {"kind": decision.kind, "given": decision.given, "account": decision.account}
            await audit.write(connection, by, "consent.note", f"consent/{noted.id}", tenant, after=told)
        return await self._consents.one(tenant, noted.id)

    async def bring(self, by: Caller, tenant: str, table: str) -> Imported:
        """Note the lines of a CSV with a header: `contact`, `kind`, `given`, and any of the other `COLUMNS`."""
        channel = await self._channel(tenant)
        async with self._db.tenant(tenant) as connection:
            good, errors = _read(table, await _accounts(connection))
        people = await gather(*(self._known(tenant, channel, one) for one in good.values()))
        # In one order, so that two imports of the same people wait for each other and not both for ever.
        lines = sorted(zip(good.values(), people, strict=True), key=lambda line: line[1].id)
        async with self._db.tenant(tenant) as connection:
            noted = [await add(connection, tenant, known.id, _line(one, by)) is not None for one, known in lines]
            told = {"noted": sum(noted), "known": noted.count(False), "errors": len(errors)}
            await audit.write(connection, by, "consent.import", "consents", tenant, after=told)
        return Imported(sum(noted), noted.count(False), errors)

    async def find(self, tenant: str, contact: str) -> Known:
        """Whom a tenant knows by this address."""
        channel = await self._channel(tenant)
        known = await self._contacts.named(tenant, channel, Contact(address=contact), anew=True)
        if not known.id:
            raise NotFound(f"Tenant {tenant} knows nobody by that address.")
        return known

    async def _known(self, tenant: str, channel: str, decision: Decision) -> Known:
        return await self._contacts.of(tenant, channel, Contact(address=decision.contact))

    async def _channel(self, tenant: str) -> str:
        """That of the tenant's customers."""
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch("select distinct customer_adapter as name from links")
            if not rows and not await connection.fetchval("select true from tenants where id = $1", tenant):
                raise NotFound(f"There is no tenant {tenant}.")
        if len(rows) != 1:
            raise Conflict(f"Tenant {tenant} has no link to a customers' channel yet, or to several: see to one first.")
        return str(rows[0]["name"])


def _read(table: str, accounts: Collection[str]) -> tuple[Mapping[int, Decision], Mapping[int, str]]:
    """The good lines, and what is wrong with each of the others."""
    reader = csv.DictReader(StringIO(table), strict=True, restkey="more")
    good, errors = dict[int, Decision](), dict[int, str]()
    try:
        for values in reader:
            line = reader.line_num
            try:
                good[line] = Decision.model_validate({name: value for name, value in values.items() if value})
                if good[line].account not in accounts:
                    raise Invalid(_NO_ACCOUNT)
            except ValidationError as error:
                errors[line] = str(Invalid.of(error))
            except Invalid as error:
                errors[line] = str(error)
                del good[line]
            if len(good) + len(errors) > MOST:
                raise Invalid({"csv": f"has more than {MOST} lines: send it in parts"})
    except csv.Error as error:
        raise Invalid({"csv": f"line {reader.line_num} is no CSV: {error}"}) from None
    if reader.fieldnames is None or not {"contact", "kind", "given"} <= set(reader.fieldnames):
        raise Invalid(
            {"csv": f"the first line must name the columns, of {', '.join(COLUMNS)}: the first three at least"}
        )
    return good, errors


def _said(one: Decision, by: Caller, source: str, event: str) -> Said:
    return Said(
        one.kind, one.given, source, one.at or now(), event, f"{by.kind}/{by.id}", one.account, one.wording
    )  # fmt: skip


def _line(one: Decision, by: Caller) -> Said:
    """A line without an event is its own proof, so that the same file brought again adds nothing."""
    whole = one.model_dump_json().encode()
    return _said(one, by, "import", one.event or f"line/{hashlib.sha256(whole).hexdigest()[:32]}")


async def _accounts(connection: "Connection") -> Collection[str]:
    """What a decision may be about: the tenant's accounts, and all of them."""
    return {"", *(row["account"] for row in await connection.fetch("select account from accounts"))}


_NO_ACCOUNT = {"account": "the tenant has no such account"}
