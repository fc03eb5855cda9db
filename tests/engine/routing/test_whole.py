"""Webhooks that wait whole: the event that is read from one is the one that the edge would have stored."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pluggy
import pytest
from pydantic import ValidationError

from xyper_engine.contract import RawRequest, Unparsed
from xyper_engine.errors import Malformed
from xyper_engine.model import AnyEvent, Contact, Direction, Endpoint, Hook, Message, dump
from xyper_engine.parts import Text
from xyper_engine.plugins import Registry
from xyper_engine.routing.whole import LostError, event_of, outgoing, whole_of

AT = datetime(2026, 11, 22, 10, 0, 0, 120_000, tzinfo=UTC)
BODY = b'{"says":"a line\\nand\n another"}'
HOOK = Hook(id="operator", adapter="letters")
ORIGIN = Endpoint(adapter="letters", account="box 7")


class Letters:
    """As much of an adapter as reads: `found` is what it makes of any body, or raises."""

    name = "letters"

    def __init__(self, found: Sequence[Unparsed] | Exception | None = None) -> None:
        self._found = found

    def parse(self, request: RawRequest) -> Sequence[AnyEvent | Unparsed]:
        if isinstance(self._found, Exception):
            raise self._found
        return [message(request)] if self._found is None else self._found


def message(request: RawRequest) -> Message:
    return Message(
        direction=Direction.inbound, origin=ORIGIN, contact=Contact(address="tel:+1"), external_id="1",
        occurred_at=request.received_at, received_at=request.received_at, parts=(Text(text=request.body.decode()),),
    )  # fmt: skip


def registry(*adapters: Any) -> Registry:
    return Registry(
        {one.name: one for one in adapters}, dict.fromkeys(Direction, ()), {}, {}, (), pluggy.PluginManager("x")
    )


def stored() -> tuple[str, str, bytes]:
    item = outgoing(RawRequest("POST", {}, {}, BODY, AT), HOOK, "acme", Direction.inbound)
    return item.queue, item.id, item.body


def test_a_whole_webhook_becomes_its_message_with_the_same_id_each_time() -> None:
    queue, id_, body = stored()
    first, second = (event_of(body, registry(Letters())) for _ in range(2))
    assert first == second
    assert isinstance(first, Message)
    assert (queue, first.id, first.tenant, first.received_at, first.text) == ("in.acme", id_, "acme", AT, BODY.decode())


def test_an_event_is_read_as_ever() -> None:
    event = message(RawRequest("POST", {}, {}, BODY, AT))
    assert event_of(dump(event), registry()) == event
    assert whole_of(dump(event)) is None


@pytest.mark.parametrize(
    ("adapters", "reason"),
    [
        ((), "No plugin brings an adapter 'letters'."),
        ((Letters([Unparsed(b"raw", "It has no id.", ORIGIN)]),), "It has no id."),
        ((Letters(Malformed("It is not JSON.")),), "It is not JSON."),
        ((Letters([]),), "It holds 0 items."),
        ((Letters(ZeroDivisionError()),), "bug: ZeroDivisionError"),
    ],
)
def test_what_cannot_be_read_after_all_is_lost_in_words(adapters: tuple[Letters, ...], reason: str) -> None:
    with pytest.raises(LostError) as error:
        event_of(stored()[2], registry(*adapters))
    assert (error.value.lost.reason, error.value.whole.hook, error.value.whole.tenant) == (reason, "operator", "acme")


@pytest.mark.parametrize("body", [b'{"whole":{}}\n{}', b'{"whole":1}', b'{"whole":\n', b""])
def test_a_broken_line_is_no_event(body: bytes) -> None:
    with pytest.raises(ValidationError):
        event_of(body, registry(Letters()))
