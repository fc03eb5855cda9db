"""The partitions of `messages`, a month each by the id, and of `traces`, a day each by when they are written.

They are made ahead. A row that finds none goes to `messages_other` or `traces_other`, and moves as soon as there is
one: none is ever refused. They are dropped whole, those of messages here once no tenant keeps their rows.
"""

from xyper_engine.policy import Policy
from xyper_engine.store.db import Database

MONTHS, DAYS = 3, 2
"""Ahead: also an engine that was off for long finds its partitions."""


async def tend(db: Database) -> None:
    """Safe at any time, also beside other engines'. Raises `Unavailable`."""
    await db.execute("select xyper_extend_messages($1)", MONTHS)
    await db.execute("select xyper_extend_traces($1)", DAYS)
    await db.execute(_DROP, Policy().message_days)


# Until every tenant has let go; where there is none, as long as is usual. While somebody is held, row by row.
_DROP = """
select xyper_drop_messages(now() - make_interval(days => greatest($1, max((policy ->> 'message_days')::int))))
from tenants having not exists (select from holds where released_at is null)
"""
