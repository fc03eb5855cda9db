"""A webhook's bytes as JSON that queues and databases can hold."""

import re
from typing import Any

import orjson

from xyper_engine.errors import Malformed

_BOM = b"\xef\xbb\xbf"
_DEPTH = 254
"""How deep orjson writes; the deepest it reads is 1024."""
_SPARE = 80
"""Levels kept free below that, because the queue's reader stops at 200 and an event wraps its raw fragment."""

_LEVELS = _DEPTH - _SPARE
_BRACKETS = 250_000
"""Where there are more, nothing is mended: the largest of Meta's has a tenth of them, and each costs time."""

_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u(0000|[dD][89a-fA-F]..)|.)", re.DOTALL)
"""One escape of a JSON string: a pair of surrogates, or (as group 1) what PostgreSQL or UTF-8 has no place for."""
_MARK = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|([\[{])|[\]}]', re.DOTALL)
"""A string, which may hold brackets; one that opens (group 1) or closes."""


def read(body: bytes) -> dict[str, Any]:
    """The body as an object. Raises `Malformed`.

    A NUL or half a pair of surrogates (a name cut in the middle of an emoji) becomes U+FFFD, and what is nested too
    deep becomes null: one such thing must not cost the other messages of the body.
    """
    value, brackets = _loads(body), body.count(b"{") + body.count(b"[")
    if _LEVELS < brackets < _BRACKETS and (value is None or _is_deep(value)):
        value = _loads(_shallow(body))
    if not isinstance(value, dict) or (brackets >= _BRACKETS and _is_deep(value)):
        raise Malformed("The body is not a JSON object, or nested too deep.")
    return value


def _loads(body: bytes) -> object:
    """None for what is no JSON."""
    if b"\\u0000" not in body:
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass  # perhaps only a character that can be mended
    try:
        return orjson.loads(_ESCAPE.sub(_mended, body.removeprefix(_BOM)))
    except orjson.JSONDecodeError:
        return None


def _mended(escape: re.Match[bytes]) -> bytes:
    return b"\\ufffd" if escape[1] else escape[0]


def _is_deep(value: object) -> bool:
    # orjson measures in C, which for a body of 3 MB is ten times faster than a walk in Python.
    for _ in range(_SPARE):
        value = [value]
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return True
    return False


def _shallow(body: bytes) -> bytes:
    """The body with null for everything below the deepest level that queues can hold."""
    kept, depth, start = bytearray(), 0, 0
    for mark in _MARK.finditer(body):
        if mark[1]:
            depth += 1
            if depth == _LEVELS + 1:
                kept += body[start : mark.start()] + b"null"
        elif mark[0] in (b"]", b"}"):
            if depth == _LEVELS + 1:
                start = mark.end()
            depth -= 1
    return bytes(kept + body[start:])
