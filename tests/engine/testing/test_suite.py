"""The suite catches the mistakes it is there for: each is planted once in a good adapter."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.plugins.whatsapp import test_suite as whatsapp
from xyper_engine.contract import Adapter, RawRequest, Unparsed
from xyper_engine.errors import XyperError
from xyper_engine.model import AnyEvent, Hook
from xyper_engine.testing import raw_request
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings

Parsed = Sequence[AnyEvent | Unparsed]


class Trusting(WhatsApp):
    def verify(self, request: RawRequest, hook: Hook) -> int:
        """Believes everybody."""
        return 0


class Reserialising(WhatsApp):
    def verify(self, request: RawRequest, hook: Hook) -> int:
        body = json.dumps(json.loads(request.body)).encode()
        return super().verify(raw_request(body, request.headers), hook)


class FirstOnly(WhatsApp):
    def parse(self, request: RawRequest) -> Parsed:
        return super().parse(request)[:1]


class Forgetful(WhatsApp):
    def parse(self, request: RawRequest) -> Parsed:
        return [one for one in super().parse(request) if not isinstance(one, Unparsed)]


class HashingBytes(WhatsApp):
    def parse(self, request: RawRequest) -> Parsed:
        return [self._renamed(one, request.body) for one in super().parse(request)]

    def _renamed(self, one: Any, body: bytes) -> Any:
        return one if isinstance(one, Unparsed) else one.model_copy(update={"external_id": str(hash(body))})


class RawLess(WhatsApp):
    def parse(self, request: RawRequest) -> Parsed:
        return [
            one if isinstance(one, Unparsed) else one.model_copy(update={"raw": None}) for one in super().parse(request)
        ]


CAUGHT: list[tuple[type[WhatsApp], Callable[[whatsapp.TestWhatsApp], None]]] = [
    (Trusting, lambda suite: suite.test_a_request_without_proof_is_unauthorised()),
    (Trusting, lambda suite: suite.test_no_secret_refuses_everything()),
    (Reserialising, lambda suite: suite.test_only_the_signed_bytes_pass("escaped slash")),
    (FirstOnly, lambda suite: suite.test_a_batch_keeps_its_order()),
    (Forgetful, lambda suite: suite.test_a_broken_item_costs_its_neighbours_nothing(None)),
    (HashingBytes, lambda suite: suite.test_reordered_keys_are_the_same_message()),
    (RawLess, lambda suite: suite.test_raw_can_be_parsed_again()),
]


@pytest.mark.parametrize(("broken", "test"), CAUGHT)
def test_a_planted_mistake_is_caught(broken: type[WhatsApp], test: Callable[[whatsapp.TestWhatsApp], None]) -> None:
    class Suite(whatsapp.TestWhatsApp):
        def adapter(self) -> Adapter:
            return broken(WhatsAppSettings())

    test(whatsapp.TestWhatsApp())
    with pytest.raises((AssertionError, pytest.fail.Exception, XyperError)):
        test(Suite())
