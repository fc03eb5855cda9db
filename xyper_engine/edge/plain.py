"""A vendor's POST in its plain form, read strictly. What differs from it in anything is not an error, only not plain.

One request line, headers of the simplest kind, one `Content-Length`: as vendors and proxies write it. Chunks, upgrades,
`Expect`, two lengths, a header over two lines, a query are for aiohttp to judge.
"""

import re
from collections.abc import Iterator, Mapping

LONGEST = 16_384
"""Bytes of a head."""
_START = b"POST /hooks/"
_HEAD = re.compile(
    rb"POST /hooks/([\w-]{1,64})/([\w-]{1,64}) HTTP/1\.1"
    rb"((?:\r\n[!#$%&'*+.^`|~\w-]+:[^\x00-\x08\x0a-\x1f\x7f]*)+)\r\n",
    re.ASCII,
)
_UNUSUAL = re.compile(
    rb"\r\n(?:(?:transfer-encoding|content-encoding|expect|upgrade|te|trailer):"
    rb"|connection:(?![ \t]*keep-alive[ \t]*\r\n))"
)
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*(?=\r\n)")


class NotPlainError(Exception):
    """Not a webhook, or one in a form that is not read here."""


class Headers(Mapping[str, str]):
    """A request's headers, by name in any case: looked for where they lie, as nearly none is ever asked for."""

    __slots__ = ("_lines", "_lower")

    def __init__(self, lines: bytes) -> None:
        """`lines`: each after its CRLF, and one more CRLF."""
        self._lines = lines
        self._lower = lines.lower()

    def __getitem__(self, name: str) -> str:
        key = b"\r\n%b:" % name.lower().encode()
        at = self._lower.find(key)
        if at < 0:
            raise KeyError(name)
        start = at + len(key)
        return self._lines[start : self._lines.index(b"\r\n", start)].strip(b" \t").decode("utf-8", "surrogateescape")

    def __iter__(self) -> Iterator[str]:
        names = (line.partition(b":")[0].decode().lower() for line in self._lines.split(b"\r\n") if line)
        return iter(dict.fromkeys(names))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def length(self) -> int:
        """Of the body. Raises `NotPlainError` where it is told in another way, or twice."""
        found = _LENGTH.search(self._lower)
        if found is None or self._lower.count(b"\r\ncontent-length:") != 1 or _UNUSUAL.search(self._lower):
            raise NotPlainError
        return int(found[1])


class Head:
    """Whose webhook it is, and where in what came its body begins and ends."""

    __slots__ = ("adapter", "end", "headers", "hook", "start")

    def __init__(self, came: bytes, start: int) -> None:
        found = _HEAD.fullmatch(came, 0, start - 2)
        if found is None:
            raise NotPlainError
        self.adapter, self.hook = found[1].decode(), found[2].decode()
        self.headers = Headers(found[3] + b"\r\n")
        self.start = start
        self.end = start + self.headers.length


def head_of(came: bytes) -> Head | None:
    """None while it is not all there. Raises `NotPlainError`."""
    at = came.find(b"\r\n\r\n", 0, LONGEST)
    if at >= 0:
        return Head(came, at + 4)
    if len(came) >= LONGEST or came[: len(_START)] != _START[: len(came)]:
        raise NotPlainError
    return None
