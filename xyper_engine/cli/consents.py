"""`xyper consents`: what customers decided about being written to."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from rich.table import Table

from xyper_engine.access.caller import Caller
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.cli.parts import open_accounts
from xyper_engine.cli.tenant_life import Tenant
from xyper_engine.consent import Kind
from xyper_engine.consent_office import ConsentOffice, Decision
from xyper_engine.edge.hiding import hidden
from xyper_engine.errors import Invalid
from xyper_engine.runtime import Runtime
from xyper_engine.settings import Settings
from xyper_engine.state.consents import Consent

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="What customers decided about being written to, with its proof.")


@app.command("list")
def list_(
    tenant: Tenant,
    contact: Annotated[str | None, typer.Option("--contact", help="Only this customer's (the address).")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List consents, newest first.

    Examples:

    - `xyper consents list acme`
    - `xyper consents list acme --contact tel:+16505551234 --json`
    """
    found = run(_with(prepared(config), lambda rt: _listed(rt, tenant, contact, limit)))
    if as_json:
        say_json([_facts(one) for one in found])
    elif not found:
        typer.echo("There are none.")
    else:
        console().print(_table(found))


@app.command()
def add(
    tenant: Tenant,
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help="The customer, e.g. tel:+16505551234.")],
    given: Annotated[bool, typer.Option("--given/--withdrawn", help="What they decided.")],
    kind: Annotated[Kind, typer.Option("--kind", help="About what.")] = Kind.marketing,
    account: Annotated[str, typer.Option("--account", help="The number that it is about; all, if left out.")] = "",
    at: Annotated[datetime | None, typer.Option("--at", help="When, in UTC; now, if left out.")] = None,
    wording: Annotated[str, typer.Option("--wording", help="What they said; only its hash is kept.")] = "",
    event: Annotated[str, typer.Option("--event", help="What proves it, e.g. a form's id.")] = "",
    config: Config = None,
) -> None:
    """Note what a customer decided; a running engine goes by it at once.

    Examples:

    - `xyper consents add acme tel:+16505551234 --withdrawn`
    - `xyper consents add acme tel:+16505551234 --given --wording "I want news by WhatsApp" --event form-17`
    """
    values = {"contact": contact, "given": given, "kind": kind, "account": account, "wording": wording, "event": event}
    try:
        decision = Decision(**values, at=at and at.replace(tzinfo=at.tzinfo or UTC))
    except ValidationError as error:
        raise Invalid.of(error) from None
    noted = run(_with(prepared(config), lambda rt: _office(rt).note(Caller.host(), tenant, decision)))
    typer.echo(f"Noted as {noted.id}.")


async def _with(settings: Settings, work: Callable[[Runtime], Awaitable[T]]) -> T:
    async with open_accounts(settings) as rt:
        return await work(rt)


def _office(rt: Runtime) -> ConsentOffice:
    return ConsentOffice(rt.db, rt.contacts, rt.consents)


async def _listed(rt: Runtime, tenant: str, contact: str | None, limit: int) -> Sequence[Consent]:
    whose = (await _office(rt).find(tenant, contact)).id if contact else None
    return await rt.consents.page(tenant, whose, None, limit)


def _facts(one: Consent) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Consent.__slots__} | {"contact": one.contact and hidden(one.contact)}


def _table(found: Sequence[Consent]) -> Table:
    table = Table("id", "contact", "kind", "decided", "at (UTC)", "source", "by", "proof")
    for one in found:
        decided = "given" if one.given else "withdrawn"
        whom = hidden(one.contact) if one.contact else "(erased)"
        table.add_row(one.id, whom, one.kind, decided, f"{one.at:%Y-%m-%d %H:%M:%S}", one.source, one.by, one.event)
    return table
