"""Reconciliations: what the vendors' webhooks did not bring, found and delivered; and what else differs."""

from datetime import timedelta

from xyper_engine.access.roles import Action
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Given, Moment, Route, Told
from xyper_engine.reconciliation_office import ReconciliationOffice
from xyper_engine.runtime import Runtime
from xyper_engine.state import reports
from xyper_engine.state.reports import ReportView, WholeReport

_PATH = "/api/v1/tenants/{tenant}/reconciliation"


class Wish(Given):
    since: Moment | None = None
    """Not more than seven days ago; a day before `until` where it is left out."""
    until: Moment | None = None
    """`[healing] margin` ago (two minutes) at the latest, and by default: what is younger may still come by webhook."""


class Report(WholeReport, Told):
    """One reconciliation, with what differs."""


class ReportPage(Told):
    reports: tuple[ReportView, ...]
    """Newest first."""
    next: str | None
    """Where the next page begins; null at the end."""


class ReconciliationApi:
    def __init__(self, rt: Runtime) -> None:
        self._db = rt.db
        self._office = ReconciliationOffice(rt.db, timedelta(seconds=rt.settings.healing.margin))

    def routes(self) -> tuple[Route, ...]:
        read, run = Action.reconciliation_read, Action.reconciliation_run
        return (
            Route("POST", _PATH, run, self.ask, "Compare with the agents' side, and deliver what was missed.",
                  body=Wish, answer=Report, status=202),
            Route("GET", _PATH, read, self.list, "List the reports.", query=Page, answer=ReportPage),
            Route("GET", f"{_PATH}/{{id}}", read, self.one, "Read one report, with what differs.", answer=Report),
        )  # fmt: skip

    async def ask(self, call: Call) -> Report:
        wish: Wish = call.body
        return _told(await self._office.ask(call.caller, call.tenant, wish.since, wish.until))

    async def list(self, call: Call) -> ReportPage:
        page: Page = call.query
        async with self._db.tenant(call.tenant) as connection:
            found = await reports.listed(connection, call.tenant, page.limit + 1, page.after_moment())
        told, last = found[: page.limit], found[page.limit - 1] if len(found) > page.limit else None
        return ReportPage(reports=tuple(told), next=cursor(last.asked_at.isoformat(), last.id) if last else None)

    async def one(self, call: Call) -> Report:
        return _told(await self._office.report(call.tenant, call.path("id")))


def _told(report: WholeReport) -> Report:
    return Report.model_validate(report.model_dump())
