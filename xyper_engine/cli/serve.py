"""`xyper serve`: the engine, until it is told to stop."""

import gc

import typer

from xyper_engine import engine, logs
from xyper_engine.cli.frame import Config, Told, run
from xyper_engine.engine import Engine
from xyper_engine.settings import Settings, load


def serve(config: Config = None) -> None:
    """Run the bridge.

    Opens the parts, loads the plugins, takes webhooks, delivers. SIGTERM or Ctrl-C stops it in order, within
    `[server] shutdown` seconds; a second one at once.

    Examples:

    - `xyper serve`
    - `xyper serve --config /etc/xyper/xyper.toml`
    - `XYPER_ENVIRONMENT=production xyper serve` also reads `config/production.toml`
    """
    settings = load(config)
    logs.configure(settings.log.level, settings.log.format)
    run(_serve(settings))


async def _serve(settings: Settings) -> None:
    told = Told()

    def started(running: Engine) -> None:
        inside = f", health on http://{running.internal}/ready" if running.internal else ""
        typer.echo(f"xyper serves on http://{running.address}{inside}")
        spare_collector()
        told.ready()

    await told.obey(engine.serve(settings, told.stop, started=started))


def spare_collector() -> None:
    """What start-up made stays, so the collector need not walk it for ever; nor look for cycles every few messages."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
