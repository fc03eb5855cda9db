"""`xyper tenants policy`, `quota` and `plugins`: what was decided about a tenant, shown and changed."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.cli.tenant_life import Tenant
from xyper_engine.cli.tenant_work import office
from xyper_engine.errors import SettingsError
from xyper_engine.plugins import Registry
from xyper_engine.policy import PluginChoice, Policy
from xyper_engine.settings import Settings
from xyper_engine.tenants.quotas import Quotas, Usage

Set = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change this; may be repeated.")]
Off = Annotated[list[str] | None, typer.Option("--off", metavar="NAME", help="Switch this transformer off.")]
On = Annotated[list[str] | None, typer.Option("--on", metavar="NAME", help="Switch it on again.")]


def policy(tenant: Tenant, changes: Set = None, as_json: AsJson = False, config: Config = None) -> None:
    """Show a tenant's policy, or change it; a running engine goes by it at once.

    Examples:

    - `xyper tenants policy acme`
    - `xyper tenants policy acme --set language=de --set message_days=180`
    """
    found = run(_policy(prepared(config), tenant, pairs(changes or ()))).model_dump(mode="json", exclude={"plugins"})
    say_json(found) if as_json else console().print(_table("decided", found))


def quota(tenant: Tenant, changes: Set = None, as_json: AsJson = False, config: Config = None) -> None:
    """Show how much a tenant may have and has, or change it; `none` is as much as it likes.

    Beyond a quota nothing more can be made; messages are only counted and warned of.

    Examples:

    - `xyper tenants quota acme`
    - `xyper tenants quota acme --set numbers=5 --set media_bytes=10000000000 --set messages_per_day=none`
    """
    quotas, usage = run(_quota(prepared(config), tenant, pairs(changes or ())))
    if as_json:
        say_json({"quotas": quotas.model_dump(), "usage": usage.model_dump()})
    else:
        console().print(_quotas(quotas.model_dump(), usage.model_dump()))


def plugins(
    tenant: Tenant,
    plugin: Annotated[str | None, typer.Argument(metavar="[PLUGIN]", help="Its name.")] = None,
    off: Off = None,
    on: On = None,
    changes: Set = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show what a tenant chose for each plugin, switch a plugin's transformers off and on, or set it up.

    Examples:

    - `xyper tenants plugins acme`
    - `xyper tenants plugins acme whatsapp --off "whatsapp window"`
    - `xyper tenants plugins acme postbox --set shown=2`
    """
    if plugin is None and (off or on or changes):
        raise SettingsError("Name the plugin after the tenant: `xyper tenants plugins` lists them.")
    chosen = run(_plugins(prepared(config), tenant, plugin, set(off or ()), set(on or ()), pairs(changes or ())))
    if as_json:
        say_json(chosen)
    else:
        console().print(_plugin_table(chosen))


def pairs(written: Sequence[str]) -> Mapping[str, Any]:
    """`name=value` as what it means: a number, `true`, a list in JSON, else the words themselves."""
    found = {}
    for one in written:
        name, sign, value = one.partition("=")
        if not (name and sign):
            raise SettingsError(f"--set {one}: must be written NAME=VALUE.")
        found[name] = _meant(value)
    return found


def _meant(value: str) -> Any:
    try:
        return None if value == "none" else orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


async def _policy(settings: Settings, tenant: str, values: Mapping[str, Any]) -> Policy:
    async with office(settings) as open_:
        if values:
            await open_.decisions.decide(open_.by, tenant, values)
        return (await open_.decisions.policy(tenant))[0]


async def _quota(settings: Settings, tenant: str, values: Mapping[str, Any]) -> tuple[Quotas, Usage]:
    async with office(settings) as open_:
        if values:
            await open_.decisions.allow(open_.by, tenant, values)
        quotas, usage, _ = await open_.decisions.quotas(tenant)
        return quotas, usage


async def _plugins(
    settings: Settings, tenant: str, plugin: str | None, off: set[str], on: set[str], values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    async with office(settings) as open_:
        before = (await open_.decisions.policy(tenant))[0].plugins
        if plugin is not None and (off or on or values):
            known = before.get(plugin, PluginChoice())
            choice = PluginChoice(off=tuple(sorted((set(known.off) | off) - on)), settings={**known.settings, **values})
            await open_.decisions.choose(open_.by, tenant, plugin, choice)
        after = (await open_.decisions.policy(tenant))[0].plugins
        names = open_.registry.names if plugin is None else (plugin,)
        return [_told(open_.registry, name, after.get(name, PluginChoice())) for name in names]


def _told(registry: Registry, name: str, choice: PluginChoice) -> dict[str, Any]:
    brings = sorted(one for one, owner in registry.owners.items() if owner == name)
    return {"plugin": name, "transformers": brings, "off": list(choice.off), "settings": dict(choice.settings)}


def _table(title: str, values: Mapping[str, Any]) -> Table:
    table = Table("", title)
    for name, value in values.items():
        table.add_row(name, str(value))
    return table


def _quotas(quotas: Mapping[str, Any], usage: Mapping[str, Any]) -> Table:
    table = Table("", "may have", "has")
    for name, allowed in quotas.items():
        used = usage["messages_today" if name == "messages_per_day" else name]
        table.add_row(name, "as many as it likes" if allowed is None else str(allowed), str(used))
    return table


def _plugin_table(chosen: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("plugin", "transformers", "set")
    for one in chosen:
        steps = [f"{name} (off)" if name in one["off"] else name for name in one["transformers"]]
        settings = [f"{name} = {value}" for name, value in one["settings"].items()]
        table.add_row(one["plugin"], "\n".join(steps), "\n".join(settings))
    return table
