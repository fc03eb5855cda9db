"""Reconciliations, as people and programs ask for them: by the API or the command line. A running engine does them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.errors import Invalid, NotFound
from xyper_engine.model import now
from xyper_engine.state import reports
from xyper_engine.state.reconciliation import ask
from xyper_engine.state.reports import FailureView, FindingView, ReportView
from xyper_engine.store.db import Database

USUAL = timedelta(days=1)
FARTHEST = timedelta(days=7)
"""How far back: a message that is known may be forgotten after 30 days, and would seem to be missed."""


class ReconciliationOffice:
    """`margin`: what is younger may still come by webhook."""

    def __init__(self, db: Database, margin: timedelta) -> None:
        self._db = db
        self._margin = margin

    async def ask(
        self, by: Caller, tenant: str, since: datetime | None = None, until: datetime | None = None
    ) -> ReportView:
        """Have it done as soon as an engine runs. Raises `Invalid`, `NotFound`."""
        since, until = _span(since, until, self._margin)
        async with self._db.tenant(tenant) as connection:
            if not await connection.fetchval("select true from tenants where id = $1", tenant):
                raise NotFound(f"There is no tenant {tenant}.")
            id_ = await ask(connection, tenant, "asked", since, until)
            told = {"since": since.isoformat(), "until": until.isoformat()}
            await audit.write(connection, by, "reconciliation.ask", f"reconciliation/{id_}", tenant, after=told)
            return await reports.one(connection, tenant, id_)

    async def report(self, tenant: str, id: str) -> ReportView:  # noqa: A002  the model's word
        """Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            return await reports.one(connection, tenant, id)

    async def reports(self, tenant: str, before: tuple[datetime, str] | None, limit: int) -> Sequence[ReportView]:
        """Newest first."""
        async with self._db.tenant(tenant) as connection:
            return await reports.listed(connection, tenant, limit, before)

    async def findings(
        self, tenant: str, report: str, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[FindingView]:
        """What differs, oldest first. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            await reports.one(connection, tenant, report)
            return await reports.findings(connection, tenant, report, limit, after)

    async def failures(self, tenant: str, report: str, after: str | None, limit: int) -> Sequence[FailureView]:
        """The conversations that could not be looked at. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            await reports.one(connection, tenant, report)
            return await reports.failures(connection, tenant, report, limit, after)


def _span(since: datetime | None, until: datetime | None, margin: timedelta) -> tuple[datetime, datetime]:
    moment = now()
    until = min(until or moment, moment - margin)
    since = since or until - USUAL
    if since < moment - FARTHEST:
        raise Invalid({"since": f"must be in the last {FARTHEST.days} days"})
    if since >= until:
        raise Invalid({"since": "must be before `until`, and not within the last moments (`[healing] margin`)"})
    return since, until
