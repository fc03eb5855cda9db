"""The hooks, one page. All are synchronous and run at start-up, save the last two.

Hooks hand over objects; the engine calls the objects. Nothing is parsed, changed or sent through a hook: pluggy does
not await, does not chain results, and one implementation that raises silences those behind it.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import pluggy
from aiohttp.web import RouteDef
from pydantic import BaseModel

from xyper_engine.contract import Adapter, Transformer
from xyper_engine.model import AnyEvent, Link, Utterance
from xyper_engine.runtime import Runtime

hookspec = pluggy.HookspecMarker("xyper")


@hookspec
def xyper_settings() -> type[BaseModel]:  # type: ignore[empty-body]
    """The shape of `[plugins.<name>]`, where `<name>` is the entry point's name; the engine validates it."""


@hookspec
def xyper_tenant_settings() -> type[BaseModel]:  # type: ignore[empty-body]
    """The shape of what each tenant may set for this plugin; its transformers find it as `to.settings`."""


@hookspec
def xyper_adapters(settings: Any) -> Iterable[Adapter]:  # type: ignore[empty-body]
    """The plugin's channels. `settings` is its own validated settings object. Two of one `name` refuse to start."""


@hookspec
def xyper_transformers(settings: Any) -> Iterable[Transformer]:  # type: ignore[empty-body]
    """The plugin's transformers; sorted by `(order, name)` and frozen per direction."""


@hookspec
def xyper_routes(rt: Runtime) -> Iterable[RouteDef]:  # type: ignore[empty-body]
    """HTTP routes, mounted under `/x/<plugin>/`."""


@hookspec
def xyper_lifespan(rt: Runtime) -> AbstractAsyncContextManager[None]:  # type: ignore[empty-body]
    """Entered once all parts are open, left before any is closed."""


@hookspec(firstresult=True)
def xyper_pick_link(event: Utterance, links: Sequence[Link]) -> Link | None:
    """Choose among several links of one account; None leaves it to the next plugin.

    Without any choice an answer takes the way its conversation came, and all else the oldest link.
    """


@hookspec
def xyper_observe(event: AnyEvent, outcome: object) -> None:
    """Told after an event was settled. Each implementation runs in its own try."""
