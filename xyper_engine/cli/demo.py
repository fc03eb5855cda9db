"""`xyper demo`: the whole bridge with simulated vendors, to play with."""

import fcntl
import shutil
import socket
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table

from xyper_engine import engine, logs, plugins
from xyper_engine.cli.frame import Told, console, run
from xyper_engine.cli.parts import open_accounts
from xyper_engine.demo import ADMIN, NEWCO, World
from xyper_engine.engine import Engine
from xyper_engine.errors import Conflict, SettingsError
from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings
from xyper_engine.store.db import open_database
from xyper_engine.store.embedded import Server
from xyper_engine.tenant_rules import PluginRules
from xyper_engine.tenants.service import Tenants

HOST = "127.0.0.1"
_TRIES = 100


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to serve; 0 takes any free port.")] = 8080,
    data: Annotated[Path, typer.Option(metavar="DIR", help="Where messages and settings are kept.")] = Path("var/demo"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an earlier demo left there.")] = False,
    newcomer: Annotated[
        bool, typer.Option("--newcomer", help="Begin anew, with a second tenant that has yet to be onboarded.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Let nobody write by themselves.")] = False,
) -> None:
    """Try Xyper without any account: engine, WhatsApp and Genesys in one process.

    Everything is embedded and local; a tenant "acme" is ready. Open the page it prints, write as a customer on the
    phone, answer as an agent at the desk. Meanwhile a few people write by themselves, so that the administrators'
    dashboard has something to show. What was said survives a restart, the simulated vendors forget it.

    Examples:

    - `xyper demo`
    - `xyper demo --port 9000 --fresh`
    - `xyper demo --newcomer`, and then `xyper tenants onboard newco --config var/demo/xyper.toml`
    - `XYPER_LOG__LEVEL=info xyper demo` shows what the engine does
    """
    if fresh or newcomer:
        _forget(data)
    with _listening(port) as sock:
        if port and sock.getsockname()[1] != port:
            typer.echo(f"Port {port} is taken; the demo takes {sock.getsockname()[1]} instead.", err=True)
        world = World(data, f"{HOST}:{sock.getsockname()[1]}", f"{HOST}:{_inside(port)}", newcomer=newcomer,
                      quiet=quiet)  # fmt: skip
        settings = world.settings()
        logs.configure(settings.log.level, settings.log.format)
        run(_demo(world, settings, sock))


async def _demo(world: World, settings: Settings, sock: socket.socket) -> None:
    told = Told()

    def started(running: Engine) -> None:
        _welcome(console(), world, running)
        told.ready()

    async def work() -> None:
        async with open_database(settings) as db:
            rules = PluginRules(plugins.load(settings))
            await world.furnish(Tenants(db, Sealer.from_settings(settings), rules))
            async with open_accounts(settings) as rt:
                await world.admit(rt.access)
            await engine.serve(settings, told.stop, sockets=[sock], started=started)

    await told.obey(work())


def _welcome(out: Console, world: World, running: Engine) -> None:
    places = Table.grid(padding=(0, 2))
    places.add_row("Phone and desk, side by side", f"{world.pages}/")
    places.add_row("Only the phone", f"{world.pages}/phone")
    places.add_row("Only the desk", f"{world.pages}/desk")
    places.add_row("The administrators' dashboard", f"{world.ours}/admin/")
    places.add_row("", f"{ADMIN}, password {world.password}")
    if world.newcomer:
        places.add_row("A tenant to onboard there", f"{world.ours}/admin/onboarding/{NEWCO}?tenant={NEWCO}")
    places.add_row("Health", f"http://{running.internal}/ready")
    places.add_row("Parts", _parts(running.rt.settings))
    tries = (
        "1. Write on the phone: the text shows on the desk.",
        "2. Answer at the desk: it comes back, and its ticks go from sent to read.",
        f"3. Look behind it:  xyper check -c {world.file}",
        f"                    xyper tenants show acme -c {world.file}",
    )
    text = Group(places, "", *tries, "", "Ctrl-C stops it. What was said is kept in " + str(world.folder) + ".")
    out.print(Panel.fit(text, title="Xyper is ready", padding=(1, 2)))


def _parts(settings: Settings) -> str:
    """Embedded, unless `XYPER_*` variables say otherwise: then it must be seen."""
    parts = {name: getattr(settings, name).url.get_secret_value() for name in ("broker", "cache", "database", "media")}
    return ", ".join(f"{name} {url.partition(':')[0]}" for name, url in parts.items())


def _listening(port: int) -> socket.socket:
    """A socket on that port, or on the next free one."""
    for one in range(port, min(port + _TRIES, 65535) + 1):
        try:
            return socket.create_server((HOST, one), backlog=1024)
        except OSError:
            continue
    raise SettingsError(f"--port: none of the ports from {port} on can be listened on; name another.")


def _inside(port: int) -> int:
    """For health: 9090 where nobody has it, else any; any at once for those who want no fixed port."""
    if port:
        try:
            with socket.create_server((HOST, 9090)):
                return 9090
        except OSError:
            pass
    return 0


def _forget(folder: Path) -> None:
    """Delete an earlier demo's folder; never one that a demo did not make, or that is in use."""
    if not folder.exists():
        return
    if not (folder / "demo.json").is_file():
        raise Conflict(f"--fresh: {folder} was not made by a demo, so it is not deleted; name another --data.")
    with (folder / "postgres.users").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"--fresh: something is running on {folder}; stop it first, or name another --data."
            ) from None
    database = (folder / "postgres").resolve()  # it may be elsewhere, see `store.place`
    if (database / "postmaster.pid").exists():  # it outlived a demo that was killed
        server = Server(folder)
        server.join()
        server.leave()
    shutil.rmtree(database, ignore_errors=True)
    shutil.rmtree(folder)
