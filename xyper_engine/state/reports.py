"""Reports of reconciliations: what was looked at, what differs, and what was done about it."""

from datetime import datetime
from typing import TYPE_CHECKING

from xyper_engine.errors import NotFound
from xyper_engine.state.reconciliation import Cause, What
from xyper_engine.view import View

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


class FindingView(View):
    conversation: str
    """Xyper's id of it."""
    what: What
    """`missed`: an agent's message that no webhook brought. `unreadable`: one that could not be read. `gone`: a
    customer's message that the agents' side took and does not have. `silent`: a send to a customer of which no status
    ever came."""
    key: str
    """The agents' side's id of a missed message, else Xyper's id of the message."""
    occurred_at: datetime
    outcome: str
    """Of a missed one: `delivered`, `filtered`, `dead`, `waiting`, `reported`; "" while it is under way."""


class FailureView(View):
    conversation: str
    """Xyper's id of one that could not be looked at."""
    why: str


class ReportView(View):
    id: str
    cause: Cause
    since: datetime
    until: datetime | None
    """None: until each conversation was read."""
    asked_at: datetime
    planned_at: datetime | None
    finished_at: datetime | None
    """None: it is under way."""
    seconds: float | None
    """From the plan to the end."""
    conversations: int
    """To be looked at."""
    looked: int
    """Of which so many were."""
    failed: int
    """And so many could not be."""
    calls: int
    """To the agents' side."""
    compared: int
    """Messages of agents."""
    missed: int
    delivered: int
    """Of those that were missed."""
    unreadable: int
    gone: int
    silent: int

    @property
    def zero(self) -> bool:
        """Whether all of it could be looked at, and nothing differs."""
        return not (self.failed or self.missed or self.unreadable or self.gone or self.silent)


async def listed(
    connection: "Connection", tenant: str, limit: int, before: tuple[datetime, str] | None
) -> list[ReportView]:
    """Newest first; `before`: moment and id of the last one of the page before."""
    at, id_ = before or (None, "")
    rows = await connection.fetch(f"{_REPORTS} {_PAGE}", tenant, at, id_, limit)
    return [ReportView.model_validate(dict(row)) for row in rows]


async def one(connection: "Connection", tenant: str, id: str) -> ReportView:  # noqa: A002  the model's word
    """Raises `NotFound`."""
    row = await connection.fetchrow(f"{_REPORTS} where r.tenant = $1 and r.id = $2", tenant, id)
    if row is None:
        raise NotFound(f"Tenant {tenant} has no reconciliation {id}.")
    return ReportView.model_validate(dict(row))


async def findings(
    connection: "Connection", tenant: str, report: str, limit: int, after: tuple[datetime, str] | None
) -> list[FindingView]:
    """Oldest first; `after`: moment and key of the last one of the page before."""
    at, key = after or (None, "")
    rows = await connection.fetch(_FINDINGS, tenant, report, at, key, limit)
    return [FindingView.model_validate(dict(row)) for row in rows]


async def failures(
    connection: "Connection", tenant: str, report: str, limit: int, after: str | None
) -> list[FailureView]:
    """By conversation; `after`: that of the last one of the page before."""
    rows = await connection.fetch(_FAILURES, tenant, report, after or "", limit)
    return [FailureView.model_validate(dict(row)) for row in rows]


_REPORTS = """
select r.id, r.cause, r.since, r.until, r.asked_at, r.planned_at, r.finished_at, r.conversations,
  extract(epoch from r.finished_at - r.planned_at)::float8 as seconds,
  i.looked, i.failed, i.calls, i.compared, f.missed, f.delivered, f.unreadable, f.gone, f.silent
from reconciliations r
cross join lateral (
  select count(*) as looked, count(*) filter (where failed <> '') as failed,
    coalesce(sum(calls), 0) as calls, coalesce(sum(compared), 0) as compared
  from reconciled where tenant = r.tenant and reconciliation = r.id
) i
cross join lateral (
  select count(*) filter (where what = 'missed') as missed,
    count(*) filter (where what = 'missed' and outcome = 'delivered') as delivered,
    count(*) filter (where what = 'unreadable') as unreadable,
    count(*) filter (where what = 'gone') as gone, count(*) filter (where what = 'silent') as silent
  from findings where tenant = r.tenant and reconciliation = r.id
) f
"""

_PAGE = """
where r.tenant = $1 and ($2::timestamptz is null or (r.asked_at, r.id) < ($2, $3))
order by r.asked_at desc, r.id desc limit $4
"""

_FINDINGS = """
select conversation, what, key, occurred_at, outcome from findings
where tenant = $1 and reconciliation = $2 and ($3::timestamptz is null or (occurred_at, key) > ($3, $4))
order by occurred_at, key limit $5
"""

_FAILURES = """
select conversation, failed as why from reconciled
where tenant = $1 and reconciliation = $2 and failed <> '' and conversation > $3 order by conversation limit $4
"""
