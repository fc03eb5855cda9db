"""The suite that every adapter must pass."""
# ruff: noqa: S101  these are tests that happen to lie in a package

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest
import structlog
from multidict import CIMultiDict
from pydantic import SecretStr

from xyper_engine.contract import Adapter, RawRequest, Unparsed
from xyper_engine.errors import Malformed, Refused
from xyper_engine.model import AnyEvent, Hook, Message, dump, load
from xyper_engine.runtime import Runtime
from xyper_engine.tenants.uses import SecretUses

MOMENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""When every request of the suite was received."""


def raw_request(
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    query: Mapping[str, str] | None = None,
) -> RawRequest:
    """A webhook request as the edge would hand it over."""
    return RawRequest(method, query or {}, CIMultiDict(headers or {}), body, MOMENT)


def bare_runtime(**parts: object) -> Runtime:
    """A runtime that holds nothing but `parts`, a log and uses that nobody writes down: with `http`, all that an
    adapter may touch."""
    # The one cast of its kind: building a whole Runtime would start servers that no adapter ever sees.
    return cast(Runtime, SimpleNamespace(**{"log": structlog.get_logger("test"), "uses": SecretUses(), **parts}))


Parsed = AnyEvent | Unparsed

SAME_MEANING = {
    "é": (b'{"text":"\xc3\xa9"}', b'{"text":"\\u00e9"}'),
    "emoji": ('{"text":"🤨"}'.encode(), b'{"text":"\\ud83e\\udd28"}'),
    "escaped slash": (b'{"text":"a\\/b"}', b'{"text":"a/b"}'),
    "escaped a umlaut": (b'{"text":"\\u00e4"}', '{"text":"ä"}'.encode()),
    "upper-case escape": (b'{"text":"\\u00E4"}', b'{"text":"\\u00e4"}'),
    "CRLF": (b'{\r\n"text":"a"}', b'{\n"text":"a"}'),
    "BOM": (b'\xef\xbb\xbf{"text":"a"}', b'{"text":"a"}'),
    "key order": (b'{"a":1,"b":2}', b'{"b":2,"a":1}'),
    "not UTF-8": (b'{"text":"\xff"}', b'{"text":"\xef\xbf\xbd"}'),
}
"""Bodies, and others that mean the same: only the very bytes that were signed may pass."""

NO_OBJECT = (b"", b"null", b"[]", b"3", b'"text"', b"{", b"\xff\xfe", b'{"a":', b"<html></html>", b"[" * 100_000)
HOSTILE = (b"{}", b'{"a":' * 2_000 + b"1" + b"}" * 2_000, b'{"a":' + b"9" * 10_000 + b"}", b'{"a":1e999}')
SAYINGS = (
    "hello",
    "é ä ß",
    "🤨👨\u200d👩\u200d👧",
    "a/b\\c\"d'",
    "line\nline\r\nline",
    "<b>&amp;%40@</b>",
    "\u202eright to left",
    r"\u0041",
)
GARBAGE = ("", " ", "x", "=", "sha256=", "é", "sha256=é", "\udcff", "\x00", "0" * 100_000)


class AdapterSuite:
    """What holds for every channel. Inherit it, fill in `adapter`, `sign` and `body`."""

    def adapter(self) -> Adapter:
        """The adapter under test."""
        raise NotImplementedError

    def sign(self, body: bytes, secret: str) -> Mapping[str, str]:
        """The headers with which the vendor proves `body`."""
        raise NotImplementedError

    def body(self, number: int = 1, text: str = "hello") -> bytes:
        """A webhook with one message that says `text`; different numbers are different messages of one customer."""
        raise NotImplementedError

    def hook(self, *secrets: str) -> Hook:
        return Hook(id="hook", adapter=self.adapter().name, secrets=tuple(map(SecretStr, secrets)))

    def parse(self, body: bytes) -> Sequence[Parsed]:
        return self.adapter().parse(raw_request(body))

    def refusal(self, body: bytes, headers: Mapping[str, str], *secrets: str) -> int:
        """The status with which the request is refused."""
        with pytest.raises(Refused) as refused:
            self.adapter().verify(raw_request(body, headers), self.hook(*secrets))
        return refused.value.status

    @pytest.mark.parametrize("case", SAME_MEANING)
    def test_only_the_signed_bytes_pass(self, case: str) -> None:
        body, twin = SAME_MEANING[case]
        self.adapter().verify(raw_request(body, self.sign(body, "one")), self.hook("one"))
        assert self.refusal(twin, self.sign(body, "one"), "one") == 403

    def test_any_of_several_secrets_passes_and_it_is_told_which(self) -> None:
        secrets = ("old", "", "new", "schlüssel")
        for place in (0, 2, 3):
            headers = self.sign(self.body(), secrets[place])
            assert self.adapter().verify(raw_request(self.body(), headers), self.hook(*secrets)) == place
        assert self.refusal(self.body(), self.sign(self.body(), "older"), "old", "new") == 403

    def test_no_secret_refuses_everything(self) -> None:
        assert self.refusal(self.body(), self.sign(self.body(), "one")) in (401, 403)
        assert self.refusal(self.body(), self.sign(self.body(), ""), "") in (401, 403)

    def test_a_request_without_proof_is_unauthorised(self) -> None:
        assert self.refusal(self.body(), {}, "one") == 401

    @pytest.mark.parametrize(
        "garbage", ["", " ", "x", "=", "sha256=", "é", "sha256=é", "\udcff", "\x00", "0" * 100_000]
    )
    def test_a_garbage_proof_is_refused(self, garbage: str) -> None:
        headers = dict.fromkeys(self.sign(self.body(), "one"), garbage)
        assert self.refusal(self.body(), headers, "one") in (401, 403)

    @pytest.mark.parametrize("body", NO_OBJECT, ids=range(len(NO_OBJECT)))
    def test_what_is_no_object_is_malformed(self, body: bytes) -> None:
        with pytest.raises(Malformed):
            self.parse(body)

    @pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
    def test_a_hostile_object_is_malformed_or_unparsed(self, body: bytes) -> None:
        try:
            parsed = self.parse(body)
        except Malformed:
            return
        assert all(isinstance(one, Unparsed) for one in parsed)

    def test_a_message_is_read(self) -> None:
        (message,) = messages(self.parse(self.body(1, "hello")))
        adapter = self.adapter()
        assert (message.text, message.direction, message.tenant) == ("hello", adapter.speaks, "")
        assert (message.origin.adapter, message.received_at, message.occurred_at.tzinfo) == (adapter.name, MOMENT, UTC)
        assert message.external_id
        assert message.origin.account

    @pytest.mark.parametrize("text", SAYINGS)
    def test_every_character_survives(self, text: str) -> None:
        (message,) = messages(self.parse(self.body(1, text)))
        assert message.text == text
        assert load(dump(message)) == message

    def test_parsing_twice_gives_the_same(self) -> None:
        assert list(map(anonymous, self.parse(self.body()))) == list(map(anonymous, self.parse(self.body())))

    def test_reordered_keys_are_the_same_message(self) -> None:
        turned = json.dumps(reordered(json.loads(self.body())), indent=1).encode()
        assert keys(self.parse(turned)) == keys(self.parse(self.body()))
        assert keys(self.parse(self.body(2))) != keys(self.parse(self.body()))

    def test_raw_can_be_parsed_again(self) -> None:
        (message,) = messages(self.parse(self.body()))
        assert anonymous(*self.parse(json.dumps(message.raw).encode())) == anonymous(message)


class BatchSuite(AdapterSuite):
    """Adds what holds for a channel that puts several items in one webhook. Fill in `item` and `batch`, not `body`."""

    def item(self, number: int, text: str) -> object:
        """One message, as it stands in a batch."""
        raise NotImplementedError

    def batch(self, items: Sequence[object]) -> bytes:
        """A webhook with these items, in this order."""
        raise NotImplementedError

    def body(self, number: int = 1, text: str = "hello") -> bytes:
        return self.batch([self.item(number, text)])

    def test_a_batch_keeps_its_order(self) -> None:
        parsed = self.parse(self.batch([self.item(n, f"number {n}") for n in range(1000)]))
        assert [one.text for one in messages(parsed)] == [f"number {n}" for n in range(1000)]
        assert len(set(keys(parsed))) == len(parsed) == 1000

    @pytest.mark.parametrize("broken", [None, 3, "text", {}, [], [[]], {"id": 5}, {"id": None, "type": {}}, True])
    def test_a_broken_item_costs_its_neighbours_nothing(self, broken: object) -> None:
        parsed = self.parse(self.batch([self.item(1, "before"), broken, self.item(2, "after")]))
        assert [one.text for one in messages(parsed)] == ["before", "after"]
        assert isinstance(parsed[1], Unparsed)
        assert parsed[1].reason
        assert all(isinstance(again, Unparsed) for again in self.parse(parsed[1].raw))

    def test_raw_of_one_item_is_that_item_only(self) -> None:
        for message in messages(self.parse(self.batch([self.item(n, f"number {n}") for n in range(3)]))):
            assert keys(self.parse(json.dumps(message.raw).encode())) == [message.key]


def messages(parsed: Iterable[Parsed]) -> list[Message]:
    return [one for one in parsed if isinstance(one, Message)]


def keys(parsed: Iterable[Parsed]) -> list[str]:
    return [one.key for one in parsed if not isinstance(one, Unparsed)]


def anonymous(one: Parsed) -> Parsed:
    """The same without our own id, which is new at every parsing."""
    return one if isinstance(one, Unparsed) else one.model_copy(update={"id": ""})


def reordered(value: object) -> object:
    """The same JSON with every object's keys in reverse."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(one) for one in value] if isinstance(value, list) else value
