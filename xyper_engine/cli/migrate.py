"""`xyper migrate`: bring the database to this version."""

import typer

from xyper_engine.cli.frame import Config, prepared, run
from xyper_engine.settings import Settings
from xyper_engine.store.db import open_database


def migrate(config: Config = None) -> None:
    """Bring the database to this version, and say what was done.

    `serve` does it too; this is for those who want it done beforehand, by another database user, say. Several at once
    are safe: one works, the others wait.

    Example: `XYPER_DATABASE__URL=postgresql://owner:…@db/xyper xyper migrate`
    """
    run(_migrate(prepared(config)))


async def _migrate(settings: Settings) -> None:
    async with open_database(settings) as db:
        for name in db.migrated:
            typer.echo(f"applied {name}")
        typer.echo(f"{db.shown} is up to date." if not db.migrated else f"{db.shown} is now up to date.")
