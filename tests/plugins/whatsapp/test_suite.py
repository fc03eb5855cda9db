"""WhatsApp passes what every channel must pass."""

from collections.abc import Mapping, Sequence

from tests.plugins.whatsapp import webhooks
from xyper_engine.contract import Adapter
from xyper_engine.testing import BatchSuite
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings


class TestWhatsApp(BatchSuite):
    def adapter(self) -> Adapter:
        return WhatsApp(WhatsAppSettings())

    def sign(self, body: bytes, secret: str) -> Mapping[str, str]:
        return webhooks.sign(body, secret)

    def item(self, number: int, text: str) -> object:
        return webhooks.text(number, text)

    def batch(self, items: Sequence[object]) -> bytes:
        return webhooks.webhook(webhooks.value(items))


class TestWhatsAppInManyChanges(TestWhatsApp):
    """The same, with every item in a change of its own."""

    def batch(self, items: Sequence[object]) -> bytes:
        return webhooks.entries([{"field": "messages", "value": webhooks.value([one], contacts=None)} for one in items])
