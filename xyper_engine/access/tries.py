"""Tries to sign in: after some that failed each next one has to wait, longer and longer, by account and by address.

A try counts before it is judged, so that a thousand at once are a thousand; one that proves right is taken back. What
comes during a pause is refused unjudged and does not make it longer. Nobody can lock somebody else out for good: the
pauses have an end, and from an address where the account signed in lately it is counted apart.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network

from xyper_engine.store.db import Database

FREE = {"account": 5, "address": 20}
"""How many may fail before there is a pause; an address can be that of a whole office."""
LONGEST = 900
"""Seconds of the longest pause; the first is one second, and each is twice the one before."""
FORGOTTEN = "1 day"
"""After so long without a try it begins anew."""


@dataclass(frozen=True, slots=True)
class Try:
    """One that is being judged."""

    account: str
    address: str


class Tries:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def begin(self, account: str, address: str, *, at_home: bool) -> Try | None:
        """None where it must wait. `at_home`: the account signed in from this address lately."""
        place = _place(address)
        one = Try(f"account:{account}@{place}" if at_home else f"account:{account}", f"address:{place}")
        if await self._counts(one.address, FREE["address"]) and await self._counts(one.account, FREE["account"]):
            return one
        return None

    async def right(self, one: Try) -> None:
        """It was no failure. The account begins anew, the address does not: else an own account would open others."""
        await self._db.execute(_RIGHT, one.account, one.address)

    async def tidy(self) -> None:
        await self._db.execute(f"delete from sign_in_tries where last_at < now() - interval '{FORGOTTEN}'")  # noqa: S608

    async def _counts(self, key: str, free: int) -> bool:
        return await self._db.fetchval(_COUNT, key, free, LONGEST) is not None


def _place(address: str) -> str:
    """Whoever has one address of IPv6 has 2^64 of them."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or ip_network(f"{known}/64", strict=False))


# The clock, not now(): of two tries at once the second waits for the first, and its now() lies before that.
_COUNT = f"""
insert into sign_in_tries as t (key, failures, last_at) values ($1, 1, clock_timestamp())
on conflict (key) do update set
  failures = case when t.last_at < clock_timestamp() - interval '{FORGOTTEN}' then 1 else t.failures + 1 end,
  last_at = clock_timestamp()
where t.failures < $2
  or t.last_at + least($3, 2 ^ least(t.failures - $2, 20)) * interval '1 second' <= clock_timestamp()
returning failures
"""  # noqa: S608  built from constants

_RIGHT = """
with account as (delete from sign_in_tries where key = $1)
update sign_in_tries set failures = greatest(failures - 1, 0) where key = $2
"""
