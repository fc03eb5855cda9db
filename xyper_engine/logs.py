"""Logging: structlog for us and for every library, through one redaction processor.

Message bodies, phone numbers, wamids (which hold a phone number in base64) and secrets never reach a log line. Values
under a telling key are dropped whole; in all other text, what looks like one of them is replaced by a short hash, so
that two lines about one message can still be matched.
"""

import hashlib
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_PRIVATE = re.compile(
    r"(body|text|caption|raw|payload|title|description|name|nickname|username|address|url|link|vcard|email|emoji"
    r"|authorization|token|secret|password|key|signature|response_json|filename|sha256|latitude|longitude)s?$",
    re.IGNORECASE,
)
"""Keys whose values are personal or secret, also behind a prefix (`access_token`, `formatted_name`)."""

_PLAIN = frozenset(
    {
        "account",
        "adapter",
        "attempt",
        "code",
        "consumers",
        "correlation",
        "correlation_id",
        "count",
        "detail",
        "direction",
        "event",
        "event_id",
        "hook",
        "kind",
        "level",
        "listen",
        "logger",
        "logger_name",
        "ms",
        "n",
        "outcome",
        "part",
        "pid",
        "port",
        "queue",
        "reason",
        "seconds",
        "source",
        "status",
        "task",
        "tenant",
        "timestamp",
        "waiting",
    }
)
"""Keys of our own whose values are ids and words of ours; they are still searched for what must not be shown."""

_SHAPES = re.compile(
    r"(?P<wamid>(?:wamid|wacid)\.[A-Za-z0-9+/=_-]+)"
    r"|(?P<bsuid>\b[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{8,}\b)"
    r"|(?P<token>\bEAA[A-Za-z0-9]{16,}|Bearer\s+[^\s\"']+|Basic\s+[A-Za-z0-9+/=]{8,})"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[\w.]+)"
    r"|(?P<phone>(?<![\w.-])\+?\d(?:[\d ()-]{5,18})\d(?![\w.-]))"
    r"|(?P<login>(?<=://)[^/@\s]+(?=@))"
)

_IDS = frozenset({"account", "pid", "port", "timestamp", "correlation", "correlation_id", "event_id"})
"""Plain keys whose digits are not phone numbers: a phone_number_id is an account, not a person."""


def redact(_logger: WrappedLogger | None, _method: str, event: EventDict) -> EventDict:
    """The one redaction processor: the last step before rendering, tracebacks included."""
    return {key: _clean(key, value) for key, value in event.items()}


def _clean(key: str, value: Any) -> Any:
    if key in _IDS or isinstance(value, bool | int | float | None):
        return value if key in _IDS or not _long(value) else "[number]"
    if isinstance(value, bytes | bytearray):
        return f"[{len(value)} bytes]"
    if key not in _PLAIN and key != "exception" and _PRIVATE.search(key):
        return "[redacted]"
    if isinstance(value, Mapping):
        return {str(inner): _clean(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(key, item) for item in value]
    return _SHAPES.sub(_hashed, str(value))


def _long(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000_000


def _hashed(match: re.Match[str]) -> str:
    kind = match.lastgroup or "private"
    if kind in ("token", "login"):
        return f"[{kind}]"
    return f"[{kind} {hashlib.blake2s(match.group().encode(), digest_size=4).hexdigest()}]"


def configure(level: str = "info", style: Literal["auto", "json", "console"] = "auto") -> None:
    """Set up structlog and the standard library's logging alike. Called once, by the command line."""
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=_last(console), foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiormq", "aio_pika", "asyncio", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def _last(console: bool) -> list[Processor]:
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, renderer]
