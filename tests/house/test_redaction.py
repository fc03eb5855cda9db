"""No log line shows what people wrote, who they are, or a secret: every sample of the vendors, logged in every way."""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from tests.secrecy import SAMPLES, private
from xyper_engine import logs
from xyper_engine.model import Contact
from xyper_engine.parts import Text

ODD = 'He said "no", it\'s \\ {"body": "or"} [yes], naïve 🤨\nnext line'
SECRETS = {
    "a phone number": "+39 333 123 4567",
    "digits at the end of a sentence": "16505551234",
    "an American number": "+1 (650) 555-1234",
    "a wamid": "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBI5N0MwRjg0RTV=",
    "a BSUID": "US.13491208655302741918",
    "a parent BSUID": "US.ENT.11815799212886844830",
    "Meta's token": "EAAJB1234567890abcdefghij",
    "a header": "Bearer eyJhbGciOi.J9.x",
    "basic": "Basic eHlwZXI6c2VjcmV0",
    "Meta's signature": "sha256=" + "0a" * 32,
    "Genesys' signature": "sha256=NzYwNTY4ZmRhMDFkNGM3ZDU2Nzg5MGFi+/A=",
    "an address": "ada.lindqvist@example.com",
}


_WHEN = re.compile('(?<="timestamp":")[^"]*')
"""A moment may have the same digits as a number that must not show."""


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Takes what was written since it was last called: JSON lines, the way a server writes them."""
    root, written, before = logging.getLogger(), StringIO(), structlog.get_config()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr(sys, "stderr", written)
    logs.configure("debug", "json")

    def take() -> str:
        text = written.getvalue()
        written.seek(written.truncate(0))
        return text

    yield lambda: _WHEN.sub("", take())
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**before)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


def as_structure(sample: Any) -> None:
    structlog.get_logger("house").warning("odd webhook", detail=sample, reason=[sample])


def as_text(sample: Any) -> None:
    raw = json.dumps(sample, ensure_ascii=False)
    structlog.get_logger("house").warning("odd webhook: " + raw, detail=json.dumps(sample, indent=2), reason=raw[:300])


def as_text_in_text(sample: Any) -> None:
    structlog.get_logger("house").warning("odd webhook", detail=json.dumps({"x": json.dumps(sample)}))
    structlog.get_logger("house").warning("odd webhook", detail=repr(json.dumps(sample)), reason=repr(sample).encode())


def as_an_exception(sample: Any) -> None:
    for text in (repr(sample), json.dumps(sample), json.dumps(sample).encode()):
        try:
            raise ValueError(text)
        except ValueError:
            structlog.get_logger("house").exception("bug")


def as_a_validation_error(sample: Any) -> None:
    try:
        Strict.model_validate(sample)
    except ValidationError as error:
        structlog.get_logger("house").error("bug", error=str(error), exc_info=True)


def by_the_standard_library(sample: Any) -> None:
    log = logging.getLogger("somebody.else")
    log.warning("got %s", sample)
    log.warning("got %s for %r", json.dumps(sample), sample)
    log.error("got %s", sample, extra={"sample": sample})


WAYS = (
    as_structure, as_text, as_text_in_text, as_an_exception, as_a_validation_error, by_the_standard_library,
)  # fmt: skip


def shown(word: str, written: str) -> bool:
    return any(form in written for form in {word, json.dumps(word)[1:-1], json.dumps(json.dumps(word)[1:-1])[1:-1]})


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_sample_leaves_nothing_private(way: Callable[[Any], None], lines: Callable[[], str]) -> None:
    assert len(SAMPLES) > 60
    for file in SAMPLES:
        sample = json.loads(file.read_text("utf-8"))
        way(sample)
        written = lines()
        assert "odd webhook" in written or "got" in written or "bug" in written
        assert [word for word in sorted(private(sample)) if shown(word, written)] == [], file.name


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("key", ["body", "text", "someday_new", "caption"])
def test_odd_words_and_new_fields_are_hidden_too(
    way: Callable[[Any], None], key: str, lines: Callable[[], str]
) -> None:
    way({"type": "text", "text": {key: ODD}, "contacts": [{"origin": ODD}], key: [ODD, ODD], "latitude": 3.14159265})
    written = lines()
    for word in ("He said", "it's", "naïve", "na\\u00efve", "yes]", "next line", "3.14159"):
        assert word not in written


@pytest.mark.parametrize("secret", SECRETS.values(), ids=list(SECRETS))
@pytest.mark.parametrize(
    "frame", ["{}", "sent to {}.", "({}), again", 'it was "{}"', "tel:{}", "x={} y", "to/{}/x", "{}: no"]
)
def test_a_shape_is_seen_in_any_words(frame: str, secret: str, lines: Callable[[], str]) -> None:
    structlog.get_logger("house").warning(frame.format(secret), reason=frame.format(secret))
    logging.getLogger("somebody.else").error("%s", frame.format(secret))
    assert secret.rpartition(" ")[2] not in lines()


@pytest.mark.parametrize(
    "key", ["access_token", "client_secret", "password", "text", "caption", "name", "verify_tokens"]
)
def test_a_telling_key_is_dropped_whole(key: str, lines: Callable[[], str]) -> None:
    structlog.get_logger("house").warning("odd", **{key: "zq7 zq8"})
    structlog.get_logger("house").warning("odd", **{key: {"type": "zq7"}})
    assert "zq" not in lines()


def test_our_own_objects_are_hidden(lines: Callable[[], str]) -> None:
    structlog.get_logger("house").warning("odd", part=Text(text="zq7"), who=Contact(address="tel:+39333", name="zq8"))
    assert "zq" not in lines()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("amqp://xyper:hidden@rabbit.internal:5672/x is away", "rabbit.internal:5672"),
        ("GET https://lookaside.example/x?mid=hidden&hash=hidden failed", "lookaside.example"),
        ("error 131047: Re-engagement message", "131047"),
        ("at 2026-11-22 18:44:38 it began", "2026-11-22 18:44:38"),
        ("00000000-0000-4000-8000-000000000012 is gone", "00000000-0000-4000-8000-000000000012"),
        ("[Errno 111] Connect call failed ('127.0.0.1', 5672)", "('127.0.0.1', 5672)"),
    ],
)
def test_what_an_operator_needs_stays(text: str, kept: str, lines: Callable[[], str]) -> None:
    structlog.get_logger("house").warning(text, account="106540352242922", event_id="019a3f", attempt=3, kind="message")
    written = lines()
    assert kept in written
    assert "hidden" not in written
    for word in ("106540352242922", "019a3f", '"attempt":3', '"kind":"message"', '"logger":"house"'):
        assert word in written


def test_two_lines_about_one_message_can_be_matched(lines: Callable[[], str]) -> None:
    for text in ("sent wamid.AAA", "read wamid.AAA", "read wamid.BBB"):
        structlog.get_logger("house").warning(text)
    first, second, third = (json.loads(line)["event"].partition(" ")[2] for line in lines().splitlines())
    assert first == second != third


def test_a_line_that_cannot_be_written_is_not_shown_raw(lines: Callable[[], str]) -> None:
    lost = logging.Logger("lost")  # not below the root, whose pytest handler would raise
    lost.addHandler(logging.getLogger().handlers[0])
    lost.error("%d messages", "zq7")
    written = lines()
    assert "A log line of lost is lost" in written
    assert "zq7" not in written


def test_a_long_text_costs_little() -> None:
    """No pattern runs away: time grows with the text, not with its square."""
    for text in (
        "\\" * 50_000,
        '"a": "' * 10_000,
        "1 " * 30_000,
        '"a": [' + '"b",' * 20_000,
        "a=" * 30_000,
        "'" * 50_000,
    ):
        logs.redact(None, "", {"event": text})


def test_lines_that_are_written_together_are_redacted_each(lines: Callable[[], str]) -> None:
    logs.Lines("house").write({"event": "call", "route": "/a", "text": "zq7", "to": "+393331234567"} for _ in range(2))
    written = [json.loads(line) for line in lines().splitlines()]
    assert [(line["event"], line["text"], line["level"], line["logger"]) for line in written] == [
        ("call", "[redacted]", "info", "house")
    ] * 2
    assert all(line["to"].startswith("[phone ") for line in written)


def test_lines_below_the_level_are_not_written(lines: Callable[[], str]) -> None:
    logs.configure("warning", "json")
    logs.Lines("house").write([{"event": "call"}])
    assert lines() == ""
