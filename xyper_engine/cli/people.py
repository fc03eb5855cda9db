"""`xyper people`: find a person, tell everything that is held about them, keep it, or forget it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from xyper_engine import media
from xyper_engine.access.caller import Caller
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.errors import SettingsError, Unavailable
from xyper_engine.keyring import Keyring
from xyper_engine.model import now
from xyper_engine.privacy_office import PrivacyOffice
from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings
from xyper_engine.state.erasures import Erasure
from xyper_engine.state.holds import Hold
from xyper_engine.store.db import open_database

T = TypeVar("T")

_BEGINS = 30.0
"""Seconds until an engine must have begun."""

app = typer.Typer(
    no_args_is_help=True, help="People who write to a tenant: what is held about one, a hold, an erasure."
)

Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's id.")]
Whom = Annotated[
    str, typer.Argument(metavar="PERSON", help="A phone number with its country code, `bsuid:…`, or a user name.")
]


@app.command()
def find(tenant: Tenant, person: Whom, as_json: AsJson = False, config: Config = None) -> None:
    """Find a person by any name, with how much is held.

    Example: `xyper people find acme +393331234567`
    """
    found = run(_with(prepared(config), lambda office: office.find(Caller.host(), tenant, person)))
    if as_json:
        say_json([asdict(one) for one in found])
        return
    table = Table("names", "messages", "conversations", "files", "hold")
    for one in found:
        counts = (str(count) for count in (one.messages, one.conversations, one.files))
        table.add_row(", ".join(one.person.names), *counts, one.hold or "")
    console().print(table if found else f"Tenant {tenant} holds nothing of this person.")


@app.command()
def report(
    tenant: Tenant,
    person: Whom,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")] = Path("report.zip"),
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Write everything that is held about a person into a zip.

    Example: `xyper people report acme +393331234567 --out report.zip`
    """
    if out.exists():
        raise SettingsError(f"--out: {out} exists: name another file.")
    size = run(_with(prepared(config), lambda office: _written(office, tenant, person, out)))
    if as_json:
        say_json({"file": str(out), "bytes": size})
    else:
        typer.echo(f"{out} holds {size} bytes.")


@app.command()
def erase(
    tenant: Tenant,
    person: Whom,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait for the certificate.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Forget a person: the running engine deletes all that is held, drops what is queued, and certifies it.

    Example: `xyper people erase acme +393331234567 --yes --json > certificate.json`
    """
    if not yes:
        typer.confirm(f"Forget this person of tenant {tenant}? It cannot be undone.", abort=True, err=True)
    done = run(_with(prepared(config), lambda office: _erased(office, tenant, person, wait=not no_wait)))
    if as_json:
        say_json({**asdict(done), "state": done.state})
    elif done.certificate is None:
        typer.echo(f"Erasure {done.id} is asked for.")
    else:
        went = ", ".join(f"{kind} {count}" for kind, count in done.removed.items() if count)
        typer.echo(f"Person {done.person} is forgotten: {went or 'nothing was held'}.")
        typer.echo(done.certificate)


@app.command()
def hold(
    tenant: Tenant,
    person: Annotated[str | None, typer.Argument(metavar="[PERSON]", help="Left out: everybody.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Name the case, not the person: it stays for good.")] = "",
    release: Annotated[str | None, typer.Option("--release", metavar="ID", help="Release this hold instead.")] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Keep a person, or everybody, from being deleted; or release a hold.

    Examples:

    - `xyper people hold acme +393331234567 --reason "case 4711"`
    - `xyper people hold acme --release 019a3f7e-66a1-7c30-8a52-0f3c8e9d2b11 --reason "case closed"`
    """
    if not reason.strip():
        raise SettingsError("--reason: say why; it is noted in the audit.")
    one = run(_with(prepared(config), lambda office: _held(office, tenant, person, reason, release)))
    if as_json:
        say_json(asdict(one))
    else:
        typer.echo(f"Hold {one.id} is {'released' if one.released_at else 'in force'}.")


@app.command()
def holds(tenant: Tenant, as_json: AsJson = False, config: Config = None) -> None:
    """List a tenant's newest hundred legal holds, the released ones too.

    Example: `xyper people holds acme`
    """
    found = run(_with(prepared(config), lambda office: office.holds(tenant, None, 100)))
    if as_json:
        say_json([asdict(one) for one in found])
        return
    table = Table("id", "names", "reason", "since (UTC)", "released (UTC)")
    for one in found:
        released = f"{one.released_at:%F %R}" if one.released_at else ""
        table.add_row(one.id, ", ".join(one.names) or "everybody", one.reason, f"{one.held_at:%F %R}", released)
    console().print(table if found else "There are no holds.")


async def _with(settings: Settings, work: Callable[[PrivacyOffice], Awaitable[T]]) -> T:
    async with open_database(settings) as db, media.open_media(settings) as store:
        keyring = Keyring(db, Sealer.from_settings(settings))
        return await work(PrivacyOffice(db, keyring, store, settings.public_url))


async def _written(office: PrivacyOffice, tenant: str, person: str, out: Path) -> int:
    chunks = await office.written(Caller.host(), tenant, person)
    with out.open("xb") as file:
        async for chunk in chunks:
            file.write(chunk)
        return file.tell()


async def _erased(office: PrivacyOffice, tenant: str, person: str, *, wait: bool) -> Erasure:
    erasure = await office.erase(Caller.host(), tenant, person)
    while wait and erasure.finished_at is None:
        idle = erasure.swept_at is None and not erasure.removed
        if idle and now() - erasure.asked_at > timedelta(seconds=_BEGINS):
            raise Unavailable("No engine begins with it: is `xyper serve` running? It will, once one runs.")
        await asyncio.sleep(0.2)
        erasure = await office.erasures.one(tenant, erasure.id)
    return erasure


async def _held(office: PrivacyOffice, tenant: str, person: str | None, reason: str, release: str | None) -> Hold:
    by = Caller.host()
    if release is not None:
        return await office.release(by, tenant, release, reason)
    return await office.hold(by, tenant, person, reason)
