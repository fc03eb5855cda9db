"""`xyper dead replay`, `replays`, `cancel`, `discard`: many at once."""

from typing import Annotated

import typer

from xyper_engine.access.caller import Caller
from xyper_engine.cli.dead_shown import facts, groups_table, replays_table
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.cli.letters import named, with_office, would
from xyper_engine.cli.letters import replay as replayed
from xyper_engine.dead_office import RATE, Chosen, DeadOffice
from xyper_engine.errors import SettingsError
from xyper_engine.state.dead_search import Wanted

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, or their beginnings.")]
All = Annotated[bool, typer.Option("--all", help="All that wait, and match what else is said.")]
Tenant = Annotated[str | None, typer.Option("--tenant", "-t", help="With --all: only this tenant's.")]
Reason = Annotated[str | None, typer.Option("--reason", help="With --all: only those that died of this.")]
Code = Annotated[str | None, typer.Option("--code", help="With --all: only those with this code of the vendor's.")]
Adapter = Annotated[str | None, typer.Option("--adapter", help="With --all: only those that came from there.")]
Direction = Annotated[str | None, typer.Option("--direction", help="With --all: only inbound, or outbound.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be touched.")]


def replay(
    letters: Ids = None,
    everything: All = False,
    tenant: Tenant = None,
    reason: Reason = None,
    code: Code = None,
    adapter: Adapter = None,
    direction: Direction = None,
    rate: Annotated[float, typer.Option("--rate", min=0.1, max=1000, help="At most so many a second.")] = RATE,
    dry_run: DryRun = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait until it has ended.")] = False,
    config: Config = None,
) -> None:
    """Have the running engine handle them once more, the oldest first, and wait until it has.

    Mend the cause first: what fails again dies again. Nothing is delivered twice, and nothing overtakes what waits of
    the same conversation. Exit code 1 where something was not replayed.

    Examples:

    - `xyper dead replay 019a3f`
    - `xyper dead replay --all --tenant acme --reason misconfigured --rate 5`
    - `xyper dead replay --all --dry-run`
    """
    wanted = _wanted(letters, everything, tenant, reason, code, adapter, direction)
    settings = prepared(config)
    if dry_run:
        _touched(run(with_office(settings, lambda office: would(office, wanted, rate))))
        return
    done = run(with_office(settings, lambda office: replayed(office, wanted, rate, wait=not no_wait)))
    for line in done.lines:
        typer.echo(line)
    if not done.complete:
        raise typer.Exit(1)


def replays(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 20,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List replays with how far they are, newest first.

    Examples:

    - `xyper dead replays`
    - `xyper dead replays --json | jq '.[0].left'`
    """
    found = run(with_office(prepared(config), lambda office: office.replays(None, None, limit)))
    if as_json:
        say_json([facts(one) for one in found])
    elif not found:
        typer.echo("There are none.")
    else:
        console().print(replays_table(found))


def cancel(
    replay: Annotated[str, typer.Argument(metavar="REPLAY", help="Its id, see `xyper dead replays`.")],
    config: Config = None,
) -> None:
    """Stop a replay: what it has not done waits again.

    Examples:

    - `xyper dead cancel 019a3f42-1d2e-7a10-8000-5c2f7d9e1a34`
    """
    one = run(with_office(prepared(config), lambda office: office.cancel(Caller.host(), None, replay)))
    typer.echo(f"Cancelled: {one.replayed} of {one.total} were replayed.")


def discard(
    letters: Ids = None,
    why: Annotated[str, typer.Option("--why", help="It stays in the audit: name the cause, not the person.")] = "",
    everything: All = False,
    tenant: Tenant = None,
    reason: Reason = None,
    code: Code = None,
    adapter: Adapter = None,
    direction: Direction = None,
    dry_run: DryRun = False,
    config: Config = None,
) -> None:
    """Give them up: they are not delivered, and leave the list.

    Examples:

    - `xyper dead discard 019a3f --why "The order was cancelled."`
    - `xyper dead discard --all --tenant acme --code 131026 --why "These numbers have no WhatsApp."`
    """
    wanted = _wanted(letters, everything, tenant, reason, code, adapter, direction)
    if not why and not dry_run:
        raise SettingsError("--why: say why they are given up.")

    async def discarded(office: DeadOffice) -> Chosen:
        return await office.discard(Caller.host(), None, await named(office, wanted), why, dry=dry_run)

    chosen = run(with_office(prepared(config), discarded))
    if dry_run:
        _touched(chosen)
    else:
        typer.echo(f"{chosen.letters} discarded.")


def _wanted(
    ids: list[str] | None, everything: bool, tenant: str | None, reason: str | None, code: str | None,
    adapter: str | None, direction: str | None,
) -> Wanted:  # fmt: skip
    if bool(ids) == everything:
        raise SettingsError("Name the dead letters, or say --all: one of the two.")
    if ids:
        return Wanted(ids=ids)
    return Wanted(tenant=tenant, reason=reason, code=code, adapter=adapter, direction=direction)


def _touched(chosen: Chosen) -> None:
    typer.echo(f"{chosen.letters} dead letters match; nothing was done.")
    if chosen.groups:
        console().print(groups_table(chosen.groups))
