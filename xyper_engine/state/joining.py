"""Which contact somebody is who has several names, and two contacts that turn out to be one."""

from typing import TYPE_CHECKING

from xyper_engine.model import Contact, new_id
from xyper_engine.state.numbers import twin
from xyper_engine.state.urns import newest_first, urns_of

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


async def choose(connection: "Connection", tenant: str, adapter: str, contact: Contact) -> tuple[str, bool]:
    """The id of the contact this is: one that has a name in common, or a new one; and whether another became it."""
    urns = urns_of(contact)
    twins = [other for urn in urns if (other := twin(urn))]
    rows = await connection.fetch(_HOLDERS, tenant, adapter, [*urns, *twins])
    if not rows:
        return await _create(connection, tenant, adapter, contact), False
    # A user id is the person; a number may be given to another one some day.
    rows.sort(key=lambda row: (not row["urn"].startswith("bsuid:"), row["urn"] in twins))
    chosen: str = rows[0]["contact"]
    phones = {row["contact"]: row["has_phone"] for row in rows}
    has_phone = phones.pop(chosen)
    merged = False
    for other, other_has in phones.items():
        if not (has_phone and other_has):
            await _merge(connection, other, chosen)
            has_phone, merged = has_phone or other_has, True
    return chosen, merged


async def _create(connection: "Connection", tenant: str, adapter: str, contact: Contact) -> str:
    id_: str = await connection.fetchval(
        "insert into contacts (id, tenant, adapter, address, name, username) values ($1, $2, $3, $4, $5, $6) "
        "on conflict (tenant, adapter, address) do update set merged_into = null returning id",
        new_id(), tenant, adapter, contact.address, contact.name, contact.username,
    )  # fmt: skip
    return id_


async def _merge(connection: "Connection", other: str, into: str) -> None:
    for table in ("contact_urns", "consents"):
        await connection.execute(f"update {table} set contact = $2 where contact = $1", other, into)  # noqa: S608
    await connection.execute("update contacts set merged_into = $2, changed_at = now() where id = $1", other, into)


async def note(connection: "Connection", tenant: str, adapter: str, chosen: str, contact: Contact) -> None:
    """Its names, newest first by microseconds; a name that another contact keeps stays that one's."""
    await connection.execute(_NAMES, chosen, contact.name, contact.username)
    await connection.execute(_NOTE, tenant, adapter, chosen, newest_first(contact))


_HOLDERS = """
select u.urn, u.contact,
  exists (select from contact_urns p where p.contact = u.contact and p.urn like 'tel:%') as has_phone
from contact_urns u where u.tenant = $1 and u.adapter = $2 and u.urn = any($3::text[])
"""

_NAMES = """
update contacts set name = coalesce($2, name), username = coalesce($3, username), changed_at = now() where id = $1
"""

_NOTE = """
insert into contact_urns as u (tenant, adapter, urn, contact, since)
select $1, $2, urn, $3, now() - n * interval '1 microsecond' from unnest($4::text[]) with ordinality as g(urn, n)
on conflict (tenant, adapter, urn) do update set since = excluded.since where u.contact = excluded.contact
"""
