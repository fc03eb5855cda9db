"""Find the plugins, check them, freeze what they hand over into a `Registry`.

pluggy works here, at start-up, and nowhere on the path of a message. Entry points load in `sys.path` order, so order
means nothing: adapters are found by name, transformers are sorted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

import pluggy
from aiohttp.web import RouteDef
from pydantic import BaseModel, ValidationError

from xyper_engine import hookspecs
from xyper_engine.contract import Adapter, Transformer
from xyper_engine.errors import SettingsError
from xyper_engine.model import Direction, Link, Utterance
from xyper_engine.runtime import Runtime
from xyper_engine.settings import Settings, in_words

GROUP = "xyper"
"""The entry point group a plugin registers in."""


@dataclass(frozen=True)
class Registry:
    """Everything the plugins handed over, frozen."""

    adapters: Mapping[str, Adapter]
    transformers: Mapping[Direction, tuple[Transformer, ...]]
    owners: Mapping[str, str]
    """The plugin of each transformer, by the transformer's name."""
    tenant_settings: Mapping[str, type[BaseModel]]
    """The shape of what a tenant may set, of each plugin that has some."""
    names: tuple[str, ...]
    """The plugins' own names, sorted."""
    hooks: pluggy.PluginManager

    def adapter(self, name: str) -> Adapter | None:
        return self.adapters.get(name)

    def pick_link(self, event: Utterance, links: Sequence[Link]) -> Link | None:
        """The plugins' choice among several links, if one of them has an opinion."""
        chosen: Link | None = self.hooks.hook.xyper_pick_link(event=event, links=links)
        return chosen

    def observers(self) -> Iterable[tuple[str, Callable[..., None]]]:
        """Each plugin's `xyper_observe`, by itself: one that raises must not silence those behind it."""
        for implementation in self.hooks.hook.xyper_observe.get_hookimpls():
            yield implementation.plugin_name, cast("Callable[..., None]", implementation.function)

    def routes(self, rt: Runtime) -> Iterable[tuple[str, tuple[RouteDef, ...]]]:
        for implementation in self.hooks.hook.xyper_routes.get_hookimpls():
            yield implementation.plugin_name, tuple(cast("Iterable[RouteDef]", implementation.function(rt)))

    def lifespans(self, rt: Runtime) -> list[AbstractAsyncContextManager[None]]:
        found: list[AbstractAsyncContextManager[None]] = self.hooks.hook.xyper_lifespan(rt=rt)
        return found


def load(settings: Settings, extra: Mapping[str, object] | None = None) -> Registry:
    """Load every installed plugin (and `extra` modules by name). Raises `SettingsError` in words."""
    manager = pluggy.PluginManager("xyper")
    manager.add_hookspecs(hookspecs)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        manager.register(_import(entry), entry.name)
    for name, module in (extra or {}).items():
        manager.register(module, name)
    _refuse_misspelt(manager)
    given = _settings(manager, settings)
    transformers = _transformers(manager, given)
    return Registry(
        adapters=_adapters(manager, given),
        transformers=_in_order([one for _, one in transformers]),
        owners=_owners(transformers),
        tenant_settings=_models(manager.hook.xyper_tenant_settings),
        names=tuple(sorted(name for name, _ in manager.list_name_plugin())),
        hooks=manager,
    )


def _import(entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except ImportError as error:
        raise SettingsError(f"Plugin {entry.name!r} ({entry.value}) cannot be loaded: {error}.") from error


def _refuse_misspelt(manager: pluggy.PluginManager) -> None:
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise SettingsError(f"A plugin implements a hook that does not exist (see hookspecs.py): {error}") from None


def _settings(manager: pluggy.PluginManager, settings: Settings) -> dict[str, BaseModel | None]:
    """Each plugin's own section, validated by its own model; a section of no plugin is a mistake worth stopping for."""
    names = {name for name, _ in manager.list_name_plugin()}
    for unknown in sorted(set(settings.plugins) - names):
        raise SettingsError(
            f"[plugins.{unknown}]: there is no plugin of that name; known are {', '.join(sorted(names))}."
        )
    models = _models(manager.hook.xyper_settings)
    return {name: _one(name, models.get(name), settings.plugins.get(name, {})) for name in names}


def _one(name: str, model: type[BaseModel] | None, values: Mapping[str, Any]) -> BaseModel | None:
    if model is None:
        if values:
            raise SettingsError(f"[plugins.{name}]: this plugin has no settings.")
        return None
    try:
        return model(**values)
    except ValidationError as error:
        raise SettingsError(in_words(error, ("plugins", name))) from None


def _adapters(manager: pluggy.PluginManager, given: Mapping[str, BaseModel | None]) -> Mapping[str, Adapter]:
    found: dict[str, Adapter] = {}
    for name, call in _calls(manager.hook.xyper_adapters, given):
        for adapter in call():
            if adapter.name in found:
                raise SettingsError(
                    f"Two plugins bring an adapter {adapter.name!r}; the second is {name!r}. Remove one."
                )
            found[adapter.name] = adapter
    return found


def _models(hook: pluggy.HookCaller) -> dict[str, type[BaseModel]]:
    """What each plugin's implementation returns, by the plugin's name."""
    return {one.plugin_name: cast("type[BaseModel]", one.function()) for one in hook.get_hookimpls()}


def _transformers(
    manager: pluggy.PluginManager, given: Mapping[str, BaseModel | None]
) -> list[tuple[str, Transformer]]:
    """Each with its plugin's name."""
    return [(name, item) for name, call in _calls(manager.hook.xyper_transformers, given) for item in call()]


def _in_order(found: list[Transformer]) -> Mapping[Direction, tuple[Transformer, ...]]:
    found.sort(key=lambda item: (item.order, item.name))
    return {way: tuple(item for item in found if item.direction is way) for way in Direction}


def _owners(found: list[tuple[str, Transformer]]) -> Mapping[str, str]:
    owners: dict[str, str] = {}
    for name, item in found:
        if owners.setdefault(item.name, name) != name:
            raise SettingsError(f"Two plugins bring a transformer {item.name!r}; the second is {name!r}. Remove one.")
    return owners


def _calls(
    hook: pluggy.HookCaller, given: Mapping[str, BaseModel | None]
) -> Iterable[tuple[str, Callable[[], Iterable[Any]]]]:
    for implementation in hook.get_hookimpls():
        name = implementation.plugin_name
        call = cast("Callable[..., Iterable[Any]]", implementation.function)
        yield name, partial(call, given[name]) if implementation.argnames else call
