"""Genesys Cloud Open Messaging as a Xyper channel. What it does is in `adapter.py`; here are the hooks only."""

from collections.abc import Iterable

from xyper_engine import hookimpl
from xyper_engine.contract import Adapter
from xyper_genesys.adapter import Genesys
from xyper_genesys.settings import GenesysSettings


@hookimpl
def xyper_settings() -> type[GenesysSettings]:
    return GenesysSettings


@hookimpl
def xyper_adapters(settings: GenesysSettings) -> Iterable[Adapter]:
    return [Genesys(settings)]
