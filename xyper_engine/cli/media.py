"""`xyper media`: stored files."""

from collections import Counter
from typing import Annotated

import typer

from xyper_engine.cli.frame import AsJson, Config, prepared, run, say_json
from xyper_engine.errors import NotFound, SettingsError
from xyper_engine.media import open_media
from xyper_engine.media.scan import open_scanner
from xyper_engine.settings import Settings
from xyper_engine.state.rescanning import Rescan, Verdict
from xyper_engine.store.db import open_database

app = typer.Typer(no_args_is_help=True, help="Stored files.")


@app.callback()
def media() -> None:
    """Stored files."""


@app.command()
def rescan(
    tenant: Annotated[str | None, typer.Argument(metavar="[ID]", help="The tenant's id; all, if left out.")] = None,
    most: Annotated[int | None, typer.Option("--most", min=1, help="At most so many files.")] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Scan the files that were stored while no scanner was switched on; infected ones are served no more.

    The running engine does it by itself once `[media] clamd` is set; this is for who wants to see it done. Nothing is
    scanned twice, and a file that cannot be scanned is named. Exit code 1 where any was infected.

    Examples:

    - `xyper media rescan`
    - `xyper media rescan acme --most 1000 --json`
    """
    verdicts = run(_rescanned(prepared(config), tenant, most))
    counts = Counter(one.said for one in verdicts)
    if as_json:
        told = [{"tenant": one.tenant, "file": one.file, "said": one.said, "detail": one.detail} for one in verdicts]
        say_json([one for one in told if one["said"] != "clean"])
    else:
        for one in verdicts:
            if one.said != "clean":
                typer.echo(f"{one.tenant} {one.file}: {_words(one)}")
        typer.echo(f"{counts['clean']} clean, {counts['infected']} infected, {counts['none']} not scanned.")
    if counts["infected"]:
        raise typer.Exit(1)


async def _rescanned(settings: Settings, tenant: str | None, most: int | None) -> list[Verdict]:
    scanner = open_scanner(settings)
    if scanner is None:
        raise SettingsError("[media] clamd: no scanner is switched on: name one first.")
    await scanner.ping()
    found: list[Verdict] = []
    async with open_database(settings) as db, open_media(settings) as store:
        if tenant and not await db.fetchval("select true from tenants where id = $1", tenant):
            raise NotFound(f"There is no tenant {tenant}.")
        async for verdict in Rescan(db, store, scanner).walk(tenant):
            found.append(verdict)
            if len(found) == most:
                break
    return found


def _words(one: Verdict) -> str:
    return f"infected with {one.detail}, served no more" if one.said == "infected" else f"not scanned: {one.detail}"
