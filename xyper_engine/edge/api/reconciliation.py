"""Reconciliations: what the vendors' webhooks did not bring, found and delivered; and what else differs."""

from datetime import timedelta

from xyper_engine.access.roles import Action
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Given, Moment, Route, Told
from xyper_engine.reconciliation_office import ReconciliationOffice
from xyper_engine.runtime import Runtime
from xyper_engine.state.reports import FailureView, FindingView, ReportView

_ALL = "/api/v1/tenants/{tenant}/reconciliation"
_ONE = f"{_ALL}/{{id}}"


class Wish(Given):
    since: Moment | None = None
    """Not more than seven days ago; a day before `until` where it is left out."""
    until: Moment | None = None
    """`[healing] margin` ago (two minutes) at the latest, and by default: what is younger may still come by webhook."""


class Report(ReportView, Told):
    """One reconciliation: how much was looked at, and how much differs."""


class ReportPage(Told):
    reports: tuple[Report, ...]
    """Newest first."""
    next: str | None
    """Where the next page begins; null at the end."""


class FindingPage(Told):
    findings: tuple[FindingView, ...]
    """Oldest first."""
    next: str | None


class FailurePage(Told):
    failures: tuple[FailureView, ...]
    next: str | None


class ReconciliationApi:
    def __init__(self, rt: Runtime) -> None:
        self._office = ReconciliationOffice(rt.db, timedelta(seconds=rt.settings.healing.margin))

    def routes(self) -> tuple[Route, ...]:
        read, run = Action.reconciliation_read, Action.reconciliation_run
        return (
            Route("POST", _ALL, run, self.ask, "Compare with the agents' side, and deliver what was missed.",
                  body=Wish, answer=Report, status=202),
            Route("GET", _ALL, read, self.list, "List the reports.", query=Page, answer=ReportPage),
            Route("GET", _ONE, read, self.one, "Read one report.", answer=Report),
            Route("GET", f"{_ONE}/findings", read, self.findings, "List what differs.", query=Page,
                  answer=FindingPage),
            Route("GET", f"{_ONE}/failures", read, self.failures, "List the conversations that could not be looked at.",
                  query=Page, answer=FailurePage),
        )  # fmt: skip

    async def ask(self, call: Call) -> Report:
        wish: Wish = call.body
        return _told(await self._office.ask(call.caller, call.tenant, wish.since, wish.until))

    async def list(self, call: Call) -> ReportPage:
        page: Page = call.query
        found = await self._office.reports(call.tenant, page.after_moment(), page.limit + 1)
        told, last = found[: page.limit], found[page.limit - 1] if len(found) > page.limit else None
        return ReportPage(
            reports=tuple(map(_told, told)), next=cursor(last.asked_at.isoformat(), last.id) if last else None
        )

    async def one(self, call: Call) -> Report:
        return _told(await self._office.report(call.tenant, call.path("id")))

    async def findings(self, call: Call) -> FindingPage:
        page: Page = call.query
        found = await self._office.findings(call.tenant, call.path("id"), page.after_moment(), page.limit + 1)
        told, last = found[: page.limit], found[page.limit - 1] if len(found) > page.limit else None
        return FindingPage(findings=tuple(told), next=cursor(last.occurred_at.isoformat(), last.key) if last else None)

    async def failures(self, call: Call) -> FailurePage:
        page: Page = call.query
        (after,) = page.after(str) or ("",)
        found = await self._office.failures(call.tenant, call.path("id"), str(after), page.limit + 1)
        told, last = found[: page.limit], found[page.limit - 1] if len(found) > page.limit else None
        return FailurePage(failures=tuple(told), next=cursor(last.conversation) if last else None)


def _told(report: ReportView) -> Report:
    return Report.model_validate(report.model_dump())
