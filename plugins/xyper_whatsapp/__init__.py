"""WhatsApp, through Meta's Cloud API: the customers' side of the bridge.

A reader begins in `adapter.py`. `from_wire` turns webhooks into events, `to_wire` events into calls, `api` makes the
calls, and `codes` says what each of Meta's error codes means for a message.
"""

from collections.abc import Iterable

from pydantic import BaseModel

from xyper_engine import hookimpl
from xyper_engine.contract import Adapter
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings


@hookimpl
def xyper_settings() -> type[BaseModel]:
    return WhatsAppSettings


@hookimpl
def xyper_adapters(settings: WhatsAppSettings) -> Iterable[Adapter]:
    return [WhatsApp(settings)]
