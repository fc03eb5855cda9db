"""Bodies that nobody sends in good faith: real webhooks that were spoiled, and what is known to break programs."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1] / "samples"
CORPUS: Mapping[str, Sequence[bytes]] = {
    name: [file.read_bytes() for file in sorted((ROOT / name).rglob("*.json"))] for name in ("whatsapp", "genesys")
}
"""What each vendor really sends."""
MEGABYTES = 3
WORDS = (
    b"null", b"true", b"-1", b"1e999", b"1" * 400, b'""', b'"\\u0000"', b'"\\ud800"', b'"\\udc00\\ud800"', b"{}", b"[]",
    b'{"a":1,"a":2}', b'"' + b"a" * 5000 + b'"', b"[[[[[[[[]]]]]]]]", b"\xff\xfe", b"\xed\xa0\x80", b"\x00", b"NaN",
    b'"\\u202e"', b'"__proto__"', b'"../../etc/passwd"', b'"tel:"', b'"\'; drop table messages; --"',
    b"9007199254740993",
)  # fmt: skip
"""What is put where something else stood."""
VALUES: Sequence[Any] = (
    None, True, 0, -1, 2**63, 2**70, 1e308, -0.0, "", " ", "0", "\x00", "\ud800", "\udfff\ud800", "\u202e", "a" * 5000,
    "1" * 400, "null", "https://[", "tel:", "wamid.", "16505551234", "1749416383", "-1", "1e999", [], {}, [None], [[]],
    {"": ""}, {"id": None}, {"body": {}}, {"text": {"body": "x"}}, [{"type": "text"}], "text", "image", "system",
    "Event", "Receipt", "2026-13-45T99:99:99Z", "9999-12-31T23:59:59.999Z", "../../etc/passwd",
)  # fmt: skip
"""The same, for what stays JSON."""


def _messages(items: bytes) -> bytes:
    value = b'{"metadata":{"phone_number_id":"1"},"messages":[' + items + b"]}"
    return b'{"object":"o","entry":[{"id":"1","changes":[{"field":"messages","value":' + value + b"}]}]}"


def deep(levels: int, kind: bytes = b"[]") -> bytes:
    return kind[:1] * levels + kind[1:] * levels


def keys(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def fields(name: str) -> Iterator[tuple[str, bytes]]:
    """A real webhook with something enormous in its midst."""
    real = max(CORPUS[name], key=len)
    at = real.index(b'"', len(real) // 2)
    for what, value in {
        "a string of 3 MB": b'"' + b"x" * (MEGABYTES << 20) + b'"',
        "escapes of 3 MB": b'"' + b"\\ud83d" * (MEGABYTES << 17) + b'"',
        "100,000 levels": deep(100_000),
        "900 levels": deep(900),
        "300,000 zeros": b"[" + b"0," * 300_000 + b"0]",
        "100,000 keys": b"{" + b",".join(b'"%d":1' % n for n in range(100_000)) + b"}",
        "a number of a million digits": b"1" * 1_000_000,
    }.items():
        yield f"{what} inside", real[:at] + value + b"," + real[at:]


def known(name: str) -> Mapping[str, bytes]:
    """By what is wrong with each."""
    real = CORPUS[name][0]
    return {
        "nothing": b"",
        "a NUL": b"\x00",
        "NULs inside": real.replace(b":", b":\x00"),
        "a byte order mark": b"\xef\xbb\xbf" + real,
        "UTF-16": real.decode().encode("utf-16"),
        "half a character": real[:-1] + b"\xc3",
        "lone surrogates, raw": real.replace(b"{", b'{"\xed\xa0\x80":1,', 1),
        "lone surrogates, escaped": real.replace(b"{", b'{"\\ud800":"\\udfff\\ud800",', 1),
        "a NUL, escaped": real.replace(b"{", b'{"\\u0000":"\\u0000",', 1),
        "100,000 levels of arrays": deep(100_000),
        "1,500,000 levels of arrays": deep(1_500_000),
        "100,000 levels of objects": keys(100_000),
        "arrays that never end": b"[" * 1_000_000,
        "not a number": b'{"entry":NaN}',
        "one key a thousand times": b"{" + b'"entry":[],' * 1000 + b'"object":1}',
        "a list of nothing": b"[" + b"null," * 300_000 + b"null]",
        "messages of nothing in 3 MB": _messages(b"{}," * (MEGABYTES << 18) + b"{}"),
        "entries of nothing in 3 MB": b'{"entry":[' + b"{}," * (MEGABYTES << 18) + b"{}]}",
        "objects in 3 MB": b"[" + b"{}," * (MEGABYTES << 18) + b"{}]",
        **dict(fields(name)),
    }


def spoiled(name: str, dice: random.Random) -> bytes:
    """One of the vendor's, after one to six spoilings: of its values mostly, else of its bytes."""
    real = dice.choice(CORPUS[name])
    if dice.random() < 0.7:
        return _rewritten(json.loads(real), dice)
    body = bytearray(real)
    for _ in range(dice.randint(1, 6)):
        dice.choice(_SPOILINGS)(body, dice)
    return bytes(body)


def _rewritten(whole: Any, dice: random.Random) -> bytes:
    """The same with some values gone, doubled, or something else; still JSON, save for what JSON has no word for."""
    places = list(_places(whole))
    for holder, key in dice.sample(places, min(len(places), dice.randint(1, 6))):
        with suppress(IndexError, KeyError):  # it went with another one
            dice.choice(_CHANGES)(holder, key, dice)
    return json.dumps(whole).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from _places(inner)


def _other(holder: Any, key: Any, dice: random.Random) -> None:
    holder[key] = dice.choice(VALUES)


def _gone(holder: Any, key: Any, _dice: random.Random) -> None:
    del holder[key]


def _inside(holder: Any, key: Any, dice: random.Random) -> None:
    holder[key] = dice.choice(([holder[key]], [holder[key]] * 3, {"a": holder[key]}, {"id": holder[key]}))


def _text(holder: Any, key: Any, dice: random.Random) -> None:
    text = str(holder[key])
    holder[key] = dice.choice((text * 50, text[:-1], text + "\x00", "\ud83d" + text, text.upper(), f" {text} "))


_CHANGES: Sequence[Callable[[Any, Any, random.Random], None]] = (_other, _other, _gone, _inside, _text)


def _flip(body: bytearray, dice: random.Random) -> None:
    if body:
        body[dice.randrange(len(body))] = dice.randrange(256)


def _cut(body: bytearray, dice: random.Random) -> None:
    at = dice.randint(0, len(body))
    del body[at : at + dice.choice((1, 3, 20, len(body)))]


def _put(body: bytearray, dice: random.Random) -> None:
    at = dice.randint(0, len(body))
    body[at:at] = dice.choice(WORDS)


def _again(body: bytearray, dice: random.Random) -> None:
    at, length = dice.randint(0, len(body)), dice.randint(1, 200)
    body[at:at] = bytes(body[at : at + length]) * dice.choice((1, 2, 30))


def _value(body: bytearray, dice: random.Random) -> None:
    """Something else after a colon: what is most likely still JSON."""
    colons = [at for at, byte in enumerate(body) if byte == 0x3A]
    if not colons:
        return
    start = dice.choice(colons) + 1
    ends = [at for at in (body.find(b",", start), body.find(b"}", start)) if at >= 0]
    body[start : min(ends, default=len(body))] = dice.choice(WORDS)


_SPOILINGS: Sequence[Callable[[bytearray, random.Random], None]] = (_flip, _cut, _put, _again, _value, _value, _value)
