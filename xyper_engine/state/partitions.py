"""The partitions of `messages`, one a month by the id: made ahead, dropped whole once no tenant keeps their rows."""

from xyper_engine.policy import Policy
from xyper_engine.store.db import Database

AHEAD = 3
"""Months: also an engine that was off for weeks finds its partition. Beyond them rows go to `messages_other`."""


async def tend(db: Database) -> None:
    """Safe at any time, also beside other engines'. Raises `Unavailable`."""
    await db.execute("select xyper_extend_messages($1)", AHEAD)
    await db.execute(_DROP, Policy().message_days)


# Until every tenant has let go; where there is none, as long as is usual. While somebody is held, row by row.
_DROP = """
select xyper_drop_messages(now() - make_interval(days => greatest($1, max((policy ->> 'message_days')::int))))
from tenants having not exists (select from holds where released_at is null)
"""
