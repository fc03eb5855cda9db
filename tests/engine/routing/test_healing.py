"""Healing, as far as it is pure: what a queue holds of it, what differs, and how what was missed is marked."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import pytest
from pydantic import ValidationError

from tests.engine.state.test_ledger import GENESYS, WHATSAPP
from tests.engine.test_model import CONTACT, MESSAGE
from xyper_engine.abilities import History, Said
from xyper_engine.broker.port import Delivery
from xyper_engine.conversation import Conversation
from xyper_engine.model import Part, dump, now
from xyper_engine.parts import Notice, Text
from xyper_engine.policy import MissedPolicy
from xyper_engine.routing import healing as module
from xyper_engine.routing.healing import CHUNK, differences, order_of, orders, visits
from xyper_engine.state.reconciliation import Ours, Plan
from xyper_engine.template import Template

HOUR = timedelta(hours=1)
AT = now() - HOUR


def plan(conversations: int) -> Plan:
    told = [
        Conversation(id=f"c-{n}", tenant="acme", customer=WHATSAPP, agent=GENESYS, contact=CONTACT, thread=f"t-{n}")
        for n in range(conversations)
    ]
    return Plan("r-1", "acme", AT, None, told)


class Acks:
    """A delivery that counts how often it was settled."""

    id, queue, redelivered = "1", "q", False

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.count = 0

    def ack(self) -> None:
        self.count += 1


@pytest.mark.parametrize(("conversations", "sizes"), [(0, []), (1, [1]), (CHUNK, [CHUNK]), (CHUNK + 1, [CHUNK, 1])])
def test_a_plan_is_a_few_lines_in_the_queue(conversations: int, sizes: Sequence[int]) -> None:
    found = [order_of(line.body) for line in orders(plan(conversations))]
    assert [len(order.conversations) for order in found if order] == sizes
    assert [c.id for order in found if order for c in order.conversations] == [f"c-{n}" for n in range(conversations)]
    assert all(order and (order.span.since, order.span.until) == (AT, None) for order in found)


def test_a_message_is_no_order_and_a_broken_order_is_no_message() -> None:
    assert order_of(dump(MESSAGE)) is None
    with pytest.raises(ValidationError):
        order_of(b'{"heal":{}}')


def test_an_order_is_done_with_after_its_last_visit() -> None:
    [line] = orders(plan(3))
    order = order_of(line.body)
    assert order
    delivery = Acks(line.body)
    known: Delivery = delivery
    found = list(visits(order, known))
    assert found[0].names == [f"{GENESYS}/{urn}" for urn in (CONTACT.address, *CONTACT.aliases)]
    assert [visit.id for visit in found] == ["r-1/c-0", "r-1/c-1", "r-1/c-2"]
    for visit, acked in zip(found, (0, 0, 1), strict=True):
        visit.countdown.done()
        assert delivery.count == acked


def ours(external_id: str = "e", *, inbound: bool = False, heard: bool = True, old: bool = True) -> Ours:
    at = AT if old else now()
    return Ours(f"event of {external_id}", external_id, inbound, at, at, "f", heard)


def history(*names: str, ids: Sequence[str] = (), began: datetime | None = AT) -> History:
    said = [Said(MESSAGE, frozenset({name})) for name in names]
    return History(said, ids=frozenset(ids), began=began)


DIFFER = {
    "a customer's message that it has": (history(ids=["f"]), partial(ours, inbound=True), []),
    "one that it has not": (history(), partial(ours, inbound=True), ["gone"]),
    "one posted a moment ago": (history(), partial(ours, inbound=True, old=False), []),
    "one of an earlier conversation": (history(began=AT + HOUR), partial(ours, inbound=True), []),
    "one told a little before its conversation": (history(began=AT + HOUR / 60), partial(ours, inbound=True), ["gone"]),
    "nobody knows when it began": (history(began=None), partial(ours, inbound=True), []),
    "an answer that was heard of": (history(), ours, []),
    "one that was not": (history(), partial(ours, heard=False), ["silent"]),
    "one that may still be": (history(), partial(ours, heard=False, old=False), []),
    "silence about a customer's": (history(ids=["f"]), partial(ours, inbound=True, heard=False), []),
}


@pytest.mark.parametrize(("there", "here", "found"), DIFFER.values(), ids=DIFFER)
def test_what_differs(there: History, here: Callable[[], Ours], found: Sequence[str]) -> None:
    assert [one.what for one in differences(there, [here()], HOUR / 2)] == found


COMPARED = {
    "nothing was said": (history(), [ours("a")], True),
    "nothing came here": (history("a"), [], True),
    "one name in common": (history("a", "b"), [ours("b"), ours("c")], True),
    "an id in common": (history("a", ids=["b"]), [ours("b")], True),
    "nothing in common": (history("a"), [ours("b")], False),
    "only customers' and our own": (history("a"), [ours("b", inbound=True), ours("xyper:notice")], True),
}


@pytest.mark.parametrize(("there", "here", "comparable"), COMPARED.values(), ids=COMPARED)
def test_what_bears_other_names_is_not_compared(there: History, here: Sequence[Ours], comparable: bool) -> None:
    assert module._comparable(there, here) == comparable


TEXT, TEMPLATE = Text(text="late"), Template(name="hello", language="en")
MARKED = {
    "late": (MissedPolicy.mark, HOUR, TEXT, True),
    "on time": (MissedPolicy.mark, HOUR / 60, TEXT, False),
    "plain": (MissedPolicy.plain, HOUR, TEXT, False),
    "approved words": (MissedPolicy.mark, HOUR, TEMPLATE, False),
}


@pytest.mark.parametrize(("policy", "age", "part", "marked"), MARKED.values(), ids=MARKED)
def test_what_is_late_says_so(policy: MissedPolicy, age: timedelta, part: Part, marked: bool) -> None:
    message = MESSAGE.model_copy(update={"occurred_at": now() - age, "parts": (part,)})
    note = Notice(code="delayed", values={"minutes": "60"})
    assert module._marked(message, policy).parts == ((note, part) if marked else (part,))
