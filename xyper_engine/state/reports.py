"""Reports of reconciliations: what was looked at, what differs, and what was done about it."""

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from xyper_engine.errors import NotFound
from xyper_engine.state.reconciliation import Cause, What

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

MOST = 1000
"""Findings that a report lists; it counts all."""


class Told(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class FindingView(Told):
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


class FailureView(Told):
    conversation: str
    why: str


class ReportView(Told):
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


class WholeReport(ReportView):
    findings: tuple[FindingView, ...]
    """At most a thousand."""
    failures: tuple[FailureView, ...]


async def listed(
    connection: "Connection", tenant: str, limit: int, before: tuple[datetime, str] | None
) -> list[ReportView]:
    """Newest first; `before`: moment and id of the last one of the page before."""
    at, id_ = before or (None, "")
    rows = await connection.fetch(f"{_REPORTS} {_PAGE}", tenant, at, id_, limit)
    return [ReportView.model_validate(dict(row)) for row in rows]


async def whole(connection: "Connection", tenant: str, id: str) -> WholeReport:  # noqa: A002  the model's word
    """Raises `NotFound`."""
    row = await connection.fetchrow(f"{_REPORTS} where r.tenant = $1 and r.id = $2", tenant, id)
    if row is None:
        raise NotFound(f"Tenant {tenant} has no reconciliation {id}.")
    findings = await connection.fetch(_FINDINGS, tenant, id, MOST)
    failures = await connection.fetch(_FAILURES, tenant, id, MOST)
    told = {"findings": [dict(one) for one in findings], "failures": [dict(one) for one in failures]}
    return WholeReport.model_validate({**dict(row), **told})


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
where tenant = $1 and reconciliation = $2 order by what, occurred_at, key limit $3
"""

_FAILURES = """
select conversation, failed as why from reconciled
where tenant = $1 and reconciliation = $2 and failed <> '' order by conversation limit $3
"""
