"""`xyper reconcile`: have the engine compare a tenant with Genesys, and deliver what was missed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from xyper_engine.access.caller import Caller
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.cli.tenant_life import Tenant
from xyper_engine.errors import Unavailable
from xyper_engine.model import now
from xyper_engine.reconciliation_office import ReconciliationOffice
from xyper_engine.settings import Settings
from xyper_engine.state.reports import FailureView, FindingView, ReportView
from xyper_engine.store.db import open_database

_BEGINS = 30.0
"""Seconds until an engine must have begun."""
_PAGE = 1000


@dataclass(frozen=True)
class Whole:
    """A report, with all that it lists."""

    report: ReportView
    findings: Sequence[FindingView]
    failures: Sequence[FailureView]

    def plain(self) -> dict[str, Any]:
        lists = {"findings": self.findings, "failures": self.failures}
        told = {name: [one.model_dump(mode="json") for one in each] for name, each in lists.items()}
        return self.report.model_dump(mode="json") | told


def reconcile(
    tenant: Tenant,
    hours: Annotated[float, typer.Option("--hours", min=0.1, max=167, help="How far to look back.")] = 24.0,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait for the report.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Compare a tenant's conversations with Genesys, deliver what its webhooks did not bring, and list what differs.

    The running engine does it; WhatsApp has no history to compare with, so of that side only sends without any status
    are listed. Exit code 1 where anything differs.

    Examples:

    - `xyper reconcile acme`
    - `xyper reconcile acme --hours 6 --json | jq .findings`
    """
    whole = run(_reconciled(prepared(config), tenant, timedelta(hours=hours), wait=not no_wait))
    report = whole.report
    if as_json:
        say_json(whole.plain())
    elif report.finished_at is None:
        typer.echo(f"Reconciliation {report.id} is asked for.")
    else:
        _show(whole)
    if report.finished_at is not None and not report.zero:
        raise typer.Exit(1)


async def _reconciled(settings: Settings, tenant: str, back: timedelta, *, wait: bool) -> Whole:
    async with open_database(settings) as db:
        office = ReconciliationOffice(db, timedelta(seconds=settings.healing.margin))
        report = await office.ask(Caller.host(), tenant, now() - back)
        while wait and report.finished_at is None:
            if report.planned_at is None and now() - report.asked_at > timedelta(seconds=_BEGINS):
                raise Unavailable("No engine begins with it: is `xyper serve` running? It will, once one runs.")
            await asyncio.sleep(0.2)
            report = await office.report(tenant, report.id)
        return await _whole(office, tenant, report)


async def _whole(office: ReconciliationOffice, tenant: str, report: ReportView) -> Whole:
    """Page by page, however much differs."""
    findings: list[FindingView] = []
    failures: list[FailureView] = []
    while page := await office.findings(tenant, report.id, _after(findings), _PAGE):
        findings += page
    while more := await office.failures(tenant, report.id, failures[-1].conversation if failures else None, _PAGE):
        failures += more
    return Whole(report, findings, failures)


def _after(findings: Sequence[FindingView]) -> tuple[datetime, str] | None:
    return (findings[-1].occurred_at, findings[-1].key) if findings else None


def _show(whole: Whole) -> None:
    report = whole.report
    looked = f"{report.looked} conversations looked at, {report.compared} messages compared, {report.calls} calls"
    typer.echo(f"{looked}, {report.seconds or 0:.1f} s.")
    if report.zero:
        typer.echo("Nothing differs.")
        return
    table = Table("what", "conversation", "id", "at", "outcome")
    for one in whole.findings:
        table.add_row(one.what, one.conversation, one.key, f"{one.occurred_at:%Y-%m-%d %H:%M:%S}", one.outcome)
    for failure in whole.failures:
        table.add_row("not read", failure.conversation, "", "", failure.why)
    console().print(table)
