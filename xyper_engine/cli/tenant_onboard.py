"""`xyper tenants onboard`: a tenant set up at its vendors, watched while it happens."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table
from rich.text import Text

from xyper_engine import plugins
from xyper_engine.access.caller import Caller
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.cli.parts import open_accounts
from xyper_engine.edge.api.onboarding import told
from xyper_engine.ending import end
from xyper_engine.onboarding.office import OnboardingOffice
from xyper_engine.settings import Settings
from xyper_engine.state.onboardings import Onboarding, StepRow, Wanted

TICK = 0.3
"""Seconds between two looks at how far it is."""
RETRY = 5.0
"""Seconds between two tries to take over from another process."""
_MARKS = {
    "done": ("✓", "green"), "failed": ("✗", "bold red"), "waiting": ("…", "yellow"), "unknown": ("?", "yellow"),
    "running": ("▸", "cyan"), "pending": ("·", "dim"),
}  # fmt: skip
_ENDS = {
    "done": "{tenant} is set up, and a message went there and back.",
    "waiting": "{tenant} waits for what is said above; the same command goes on.",
    "failed": "Mend what is said above; the same command goes on.",
    "running": "{tenant} is being set up.",
    "new": "{tenant} has not been set up yet.",
}

Follow = Callable[[Onboarding], None]


def onboard(
    tenant: Annotated[str, typer.Argument(metavar="ID", help="The tenant's id.")],
    account: Annotated[str, typer.Option(metavar="ADAPTER/ID", help="Only what is about this account.")] = "",
    step: Annotated[
        str, typer.Option(metavar="NAME", help="Only this step, or several with blanks between them.")
    ] = "",
    again: Annotated[bool, typer.Option("--again", help="Also what is done already.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Run nothing: only show how far it is.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Set a tenant up at its vendors, step by step, and prove it by a message there and back.

    What is there is adopted, what is missing is made: the Open Messaging integration (for an account whose id begins
    with `new-`), its webhook and secret, profiles, the widget; the number's registration and its webhook. Each step
    shows what was found and, where it cannot go on, what to do. Said again, it goes on where it stopped, also after
    it was killed. `xyper serve` should be running: Meta calls the webhook at once, and messages come by it.

    Exit code: 0 when all is done, 1 when something waits or has failed.

    Try it without any account: `xyper demo --newcomer` in one terminal, in another one

    - `xyper tenants onboard newco --config var/demo/xyper.toml`

    and, when it says so, write to Newco on the phone and answer at the desk.

    More examples:

    - `xyper tenants onboard acme --step flow`
    - `xyper tenants onboard acme --account whatsapp/106540352242922 --again`
    - `xyper tenants onboard acme --json | jq '.steps[] | select(.state != "done")'`
    """
    settings, wanted = prepared(config), None if show else Wanted(account, step, again)
    with _shown(as_json) as follow:
        found = run(_onboard(settings, tenant, wanted, follow))
    if as_json:
        say_json(told(found).model_dump(mode="json"))
    else:
        typer.echo(_ENDS[found.state or "new"].format(tenant=tenant))
    if found.state != "done":
        raise typer.Exit(1)


async def _onboard(settings: Settings, tenant: str, wanted: Wanted | None, follow: Follow) -> Onboarding:
    """Asked for, run by whoever has the lock first, this process or an engine, and followed to its end."""
    async with open_accounts(settings) as rt:
        office = OnboardingOffice(rt, plugins.load(settings))
        if wanted is None:
            found = await office.read(tenant)
        else:
            await office.ask(Caller.host(), tenant, wanted)
            found = await _followed(office, tenant, follow)
        follow(found)
        return found


async def _followed(office: OnboardingOffice, tenant: str, follow: Follow) -> Onboarding:
    work = asyncio.create_task(_persistently(office, tenant), name="onboarding")
    try:
        while (found := await office.read(tenant)).state == "running":
            follow(found)
            await asyncio.wait([work], timeout=TICK)
            if work.done():
                await work  # it raises what went wrong
    finally:
        await end(work)
    return found


async def _persistently(office: OnboardingOffice, tenant: str) -> None:
    """While another process is at it, it may die: then this one goes on."""
    while not await office.machine.run(tenant):  # noqa: ASYNC110  nothing tells that another process has died
        await asyncio.sleep(RETRY)


@contextmanager
def _shown(as_json: bool) -> Iterator[Follow]:
    if as_json:
        yield lambda _found: None
        return
    with Live(console=console(), auto_refresh=False) as live:
        yield lambda found: live.update(_table(found), refresh=True)


def _table(found: Onboarding) -> Table:
    table = Table("", "account", "step", "what", "found", "what to do")
    for row in found.steps:
        table.add_row(Text(*_MARKS[row.state]), str(row.account), row.step, row.title, _found(row), row.todo)
    return table


def _found(row: StepRow) -> str:
    """With the last call where something is wrong: the vendor's support asks for it."""
    if row.state not in ("failed", "unknown") or not row.calls:
        return row.detail
    last = row.calls[-1]
    return f"{row.detail} [{last['what']}: {last['answer']}, {last['correlation'] or 'no correlation id'}]"
