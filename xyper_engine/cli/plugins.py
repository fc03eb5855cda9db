"""`xyper plugins`: what is installed, and what each brings."""

from collections.abc import Iterable
from importlib.metadata import entry_points
from inspect import getdoc
from typing import Any, cast

from pydantic import BaseModel
from rich.table import Table

from xyper_engine.cli.frame import AsJson, Config, console, prepared, say_json
from xyper_engine.plugins import GROUP, Registry, load


def plugins(config: Config = None, as_json: AsJson = False) -> None:
    """List the installed plugins: adapters, transformers in their order, hooks, settings.

    Examples:

    - `xyper plugins`
    - `xyper plugins --json`
    """
    found = list(_describe(load(prepared(config))))
    if as_json:
        say_json(found)
    else:
        console().print(_table(found))


def _describe(registry: Registry) -> Iterable[dict[str, Any]]:
    versions = {entry.name: entry.dist.version if entry.dist else "" for entry in entry_points(group=GROUP)}
    for name in registry.names:
        yield {
            "name": name,
            "version": versions.get(name, ""),
            "about": (getdoc(registry.hooks.get_plugin(name)) or "").partition("\n")[0],
            "adapters": [key for key, adapter in registry.adapters.items() if _from(adapter, registry, name)],
            "transformers": [
                {"name": one.name, "direction": way, "order": one.order, "on_failure": one.on_failure}
                for way, chain in registry.transformers.items()
                for one in chain
                if _from(one, registry, name)
            ],
            "hooks": sorted(
                caller.name for caller in registry.hooks.get_hookcallers(registry.hooks.get_plugin(name)) or ()
            ),
            "settings": _settings(registry, name),
        }


def _from(thing: object, registry: Registry, name: str) -> bool:
    """Whether the plugin's package made it: an adapter or transformer does not carry its plugin's name."""
    module: str = registry.hooks.get_plugin(name).__name__  # type: ignore[union-attr]
    return f"{type(thing).__module__}.".startswith(f"{module}.")


def _settings(registry: Registry, name: str) -> dict[str, Any]:
    for implementation in registry.hooks.hook.xyper_settings.get_hookimpls():
        if implementation.plugin_name == name:
            model = cast("type[BaseModel]", implementation.function())
            return {key: field.get_default(call_default_factory=True) for key, field in model.model_fields.items()}
    return {}


def _table(found: list[dict[str, Any]]) -> Table:
    table = Table("plugin", "version", "adapters", "transformers", "hooks", "settings")
    for one in found:
        steps = [f"{step['order']:>3} {step['name']} ({step['direction']})" for step in one["transformers"]]
        columns = (one["adapters"], steps, one["hooks"], [f"[plugins.{one['name']}] {key}" for key in one["settings"]])
        table.add_row(one["name"], one["version"], *("\n".join(column) for column in columns), end_section=True)
    return table
