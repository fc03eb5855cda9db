"""Which requests the webhooks' own door reads itself, and which it leaves to aiohttp."""

import pytest

from xyper_engine.edge.plain import LONGEST, NotPlainError, head_of

LINE = b"POST /hooks/whatsapp/operator HTTP/1.1"
HOST, LENGTH, SIGNED = b"Host: xyper.example.com", b"Content-Length: 2", b"X-Hub-Signature-256: sha256=abc"


def wire(*lines: bytes, line: bytes = LINE) -> bytes:
    return b"\r\n".join((line, *lines, b"", b"{}"))


@pytest.mark.parametrize(
    "lines",
    [
        (HOST, LENGTH, SIGNED),
        (HOST, b"content-length:2", b"x-hub-signature-256:\tsha256=abc "),
        (HOST, LENGTH, b"Connection: keep-alive", SIGNED, b"User-Agent: facebookexternalua"),
        (SIGNED, b"X-Forwarded-For: 10.0.0.1", b"connection:Keep-Alive", LENGTH, b"Accept: */*"),
    ],
)
def test_a_vendors_post_is_plain(lines: tuple[bytes, ...]) -> None:
    raw = wire(*lines)
    head = head_of(raw)
    assert head is not None
    assert (head.adapter, head.hook) == ("whatsapp", "operator")
    assert raw[head.start : head.end] == b"{}"
    assert head.headers["X-Hub-Signature-256"] == "sha256=abc"
    assert head.headers.get("ACCEPT-ENCODING") is None
    assert len(head.headers) == len(lines)
    assert set(head.headers) == {line.partition(b":")[0].decode().lower() for line in lines}


@pytest.mark.parametrize(
    "raw",
    [
        wire(HOST, LENGTH, line=b"GET /hooks/whatsapp/operator HTTP/1.1"),
        wire(HOST, LENGTH, line=b"POST /api/v1/templates HTTP/1.1"),
        wire(HOST, LENGTH, line=b"POST /hooks/whatsapp/operator?a=b HTTP/1.1"),
        wire(HOST, LENGTH, line=b"POST /hooks/whatsapp/operator/ HTTP/1.1"),
        wire(HOST, LENGTH, line=b"POST /hooks/whatsapp/%6Fperator HTTP/1.1"),
        wire(HOST, LENGTH, line=b"POST /hooks/whatsapp/operator HTTP/1.0"),
        wire(HOST, LENGTH, line=b"POST  /hooks/whatsapp/operator HTTP/1.1"),
        wire(HOST),
        wire(HOST, LENGTH, LENGTH),
        wire(HOST, LENGTH, b"content-length: 3"),
        wire(HOST, b"Content-Length: +2"),
        wire(HOST, b"Content-Length: 2, 2"),
        wire(HOST, b"Content-Length: 0x2"),
        wire(HOST, b"Content-Length: 9999999999"),
        wire(HOST, b"Content-Length : 2"),
        wire(HOST, LENGTH, b"Transfer-Encoding: chunked"),
        wire(HOST, LENGTH, b"Content-Encoding: gzip"),
        wire(HOST, LENGTH, b"Expect: 100-continue"),
        wire(HOST, LENGTH, b"Connection: close"),
        wire(HOST, LENGTH, b"Connection: keep-alive, Upgrade"),
        wire(HOST, LENGTH, b"Upgrade: h2c"),
        wire(HOST, LENGTH, b" folded"),
        wire(HOST, LENGTH, b"no colon"),
        wire(HOST, LENGTH, b": no name"),
        wire(HOST, LENGTH, b"X: a\nContent-Length: 3"),
        wire(HOST, LENGTH, b"X: a\rb"),
        wire(HOST, LENGTH, b"X: a\0b"),
        b"\r\n" + wire(HOST, LENGTH),
        b"\x16\x03\x01\x02\x00",
        LINE + b"\r\nX: " + b"x" * LONGEST,
    ],
)
def test_anything_else_is_not(raw: bytes) -> None:
    with pytest.raises(NotPlainError):
        head_of(raw)


def test_a_head_may_come_in_pieces() -> None:
    raw = wire(HOST, LENGTH)
    until = raw.index(b"{}")
    assert [head_of(raw[:n]) for n in range(until)] == [None] * until
    assert head_of(raw[:until]) is not None
