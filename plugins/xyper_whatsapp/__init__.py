"""WhatsApp, through Meta's Cloud API: the customers' side of the bridge.

A reader begins in `adapter.py`. `from_wire` turns webhooks into events, `to_wire` events into calls, `api` makes the
calls, and `codes` says what each of Meta's error codes means for a message. `window` and `template_check` see to it
that nothing is sent that Meta would refuse later, `templates` and `keeper` know what it has approved, and `updates`
hears its news.
"""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager

from pydantic import BaseModel

from xyper_engine import hookimpl
from xyper_engine.contract import Adapter, Transformer
from xyper_engine.runtime import Runtime
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.keeper import keeping
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.template_check import TemplateCheck
from xyper_whatsapp.window import Window


@hookimpl
def xyper_settings() -> type[BaseModel]:
    return WhatsAppSettings


@hookimpl
def xyper_adapters(settings: WhatsAppSettings) -> Iterable[Adapter]:
    return [WhatsApp(settings)]


@hookimpl
def xyper_transformers() -> Iterable[Transformer]:
    return [Window(), TemplateCheck()]


@hookimpl
def xyper_lifespan(rt: Runtime) -> AbstractAsyncContextManager[None]:
    return keeping(rt)
