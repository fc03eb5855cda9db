"""Logging: structlog for us and for every library, through one redaction processor.

Message bodies, names, phone numbers, wamids (which hold a phone number in base64) and secrets never reach a log line.
Three rules, from the outside in: a value of ours under a telling key is dropped whole; of a structure only words stay
that say nothing about a person, of one inside a text (JSON, a `repr`) nothing; and everywhere, what looks like a
number, an id or a token is replaced by a short hash, so that two lines about one message can be matched.
"""

import hashlib
import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, Literal, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

QUIET = 60.0
REMEMBERED = 100
"""Troubles that `Once` knows at a time."""

_PRIVATE = re.compile(
    r"(body|text|caption|raw|payload|title|description|name|nickname|username|address|url|link|vcard|email|emoji"
    r"|authorization|token|secret|password|key|signature|response_json|filename|sha256|latitude|longitude)s?$",
    re.IGNORECASE,
)
"""Keys of a log line whose values are personal or secret, also behind a prefix (`access_token`, `formatted_name`)."""

_OURS = frozenset({"logger_name", "event", "exception"})
"""Keys that only look like one of those, or whose words are searched instead of dropped."""

_IDS = frozenset({"account", "pid", "port", "timestamp", "correlation", "correlation_id", "event_id"})
"""Keys of a log line whose digits are not phone numbers: a phone_number_id is an account, not a person."""

_KEPT = frozenset(
    {
        *("type", "object", "field", "status", "code", "kind", "direction", "messaging_product", "mime_type"),
        *("idType", "mediaType", "contentType", "eventType"),
    }
)
"""All that is kept of a structure. A list of what to keep, for vendors add fields without asking us."""

_STRUCTURE = re.compile(
    r"""(?:\{\s*\\*[bu]?["'\d]|(?<=\n)\s*["']|\\*["'][\w .-]{1,64}\\*["']\s*:\s*\\*["'\[{\d-]"""
    r"""|\b\w{1,64}=\\*[bu]?["'\[{(]|\binput_value=).*"""
)
"""Where a text begins to quote somebody: JSON, plain, escaped or over several lines, or a `repr` (`text='…'`). From
there on the line is dropped: where such a quotation ends cannot be known once it was escaped or cut short."""

_SHAPES = re.compile(
    r"(?P<wamid>(?:wamid|wacid)\.[A-Za-z0-9+/=_-]+)"
    r"|(?P<bsuid>\b[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{6,}\b)"
    r"|(?P<token>\bEAA[A-Za-z0-9]{16,}|\b(?:Bearer|Basic)\s+[^\s\"']{8,}|\bsha\d+=[A-Za-z0-9+/=]{20,})"
    r"|(?P<login>(?<=://)[^/@\s]+(?=@))"
    r"|(?P<query>(?<=[?&])[\w.-]+=[^\s&\"'<>]+)"
    r"|(?P<email>[\w.+-]{1,64}@[\w-]+\.\w[\w.]*)"
    r"|(?P<phone>(?<![\w.-])\+?(?!\d{4}-\d\d-\d\d)\(?\d[\d ()-]{5,18}\d(?!\w|[.-]\w))"
)


def redact(_logger: WrappedLogger | None, _method: str, event: EventDict) -> EventDict:
    """The one redaction processor: the last step before rendering, tracebacks included."""
    return {
        key: _short(key, value) if type(value) is str and len(value) < 64 and key not in _IDS else _line(key, value)
        for key, value in event.items()
    }


def _line(key: str, value: Any) -> Any:
    """A value of the log line itself, under a key that we chose."""
    if key in _IDS and isinstance(value, str | int):
        return value
    return "[redacted]" if _is_private(key) else _clean(value)


@lru_cache(1024)
def _is_private(key: str) -> bool:
    return key not in _OURS and _PRIVATE.search(key) is not None


_short = lru_cache(4096)(_line)
"""Of most short values there are few: names of routes and parts, ids that are used again."""


def _clean(value: Any) -> Any:
    if isinstance(value, str):  # nearly all of them are
        return _text(value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 10_000_000 else "[number]"
    if isinstance(value, bytes | bytearray):
        return f"[{len(value)} bytes]"
    if isinstance(value, Mapping):
        return {_text(str(key)): _inner(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    return _text(str(value))


def _inner(key: str, value: Any) -> Any:
    """A value inside a structure, under a key that a vendor chose."""
    if isinstance(value, Mapping) or key in _KEPT:
        return _clean(value)
    if isinstance(value, list | tuple):
        return [_inner(key, item) for item in value]
    return value if isinstance(value, bool | None) else "[redacted]"


def _text(text: str) -> str:
    if len(text) < 16 and text.isalpha():  # most values are a plain word of ours
        return text
    if '"' in text or "'" in text:
        text = _STRUCTURE.sub("[structure]", text)
    return _SHAPES.sub(_hashed, text)


def _hashed(match: re.Match[str]) -> str:
    kind = match.lastgroup or "private"
    if kind in ("token", "login", "query"):
        return f"[{kind}]"
    return f"[{kind} {hashlib.blake2s(match.group().encode(), digest_size=4).hexdigest()}]"


class _Handler(logging.StreamHandler[Any]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's own name
        """Where a line cannot be written, logging itself would print it, raw and whole."""
        with suppress(OSError, ValueError):
            self.stream.write(f"A log line of {record.name} is lost ({record.pathname}:{record.lineno}).\n")


class _Lines(structlog.WriteLogger):
    """Our own lines go straight to the stream: by way of the standard library one would cost twice as much."""

    def __init__(self, file: TextIO, name: str = "") -> None:
        super().__init__(file)
        self.name = name

    def msg(self, message: str) -> None:
        with suppress(OSError, ValueError):  # a stream that is gone is no reason to fail what was logged
            super().msg(message)

    log = debug = info = warn = warning = error = err = critical = fatal = exception = failure = msg


class Once:
    """A trouble that is met at every try is told at the first one: again once it was not met for `QUIET` seconds."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger(name)
        self._clock = clock
        self._met: dict[str, float] = {}

    def warning(self, event: str, **values: str) -> None:
        moment, line = self._clock(), f"{event} {values}"
        if moment - self._met.pop(line, -QUIET) >= QUIET:
            self._log.warning(event, **values)
        self._met[line] = moment
        while len(self._met) > REMEMBERED:
            del self._met[next(iter(self._met))]


class Lines:
    """Lines of one kind, many at once: made as every line is, and written together, which costs half."""

    def __init__(self, name: str) -> None:
        self._name = name

    def write(self, events: Iterable[EventDict]) -> None:
        """All at level `info`."""
        if not structlog.get_logger().is_enabled_for(logging.INFO):
            return
        config = structlog.get_config()
        logger = config["logger_factory"](self._name)
        if made := [line for event in events if (line := _made(logger, event, config["processors"])) is not None]:
            logger.msg("\n".join(made))


def _made(logger: WrappedLogger, event: EventDict, processors: Iterable[Processor]) -> str | None:
    made: Any = event
    try:
        for processor in processors:
            made = processor(logger, "info", made)
    except structlog.DropEvent:  # somebody listens instead
        return None
    return str(made)


def configure(level: str = "info", style: Literal["auto", "json", "console"] = "auto") -> None:
    """Set up structlog and the standard library's logging alike. Called once, by the command line."""
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    first: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.MaybeTimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [structlog.processors.format_exc_info, redact, _renderer(console)]
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=partial(_Lines, sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = _Handler(sys.stderr)
    foreign: list[Processor] = [*first, structlog.stdlib.PositionalArgumentsFormatter()]
    ending: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=ending, foreign_pre_chain=foreign))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiormq", "aio_pika", "asyncio", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    for repeating in (
        "aiormq.connection",
        "asyncpg.pool",
    ):  # at every try, with a traceback; we tell it ourselves, once
        logging.getLogger(repeating).setLevel(logging.CRITICAL)


def _renderer(console: bool) -> Processor:
    if console:
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return structlog.processors.JSONRenderer(serializer=_json)


def _json(line: object, **_: object) -> str:
    try:
        return orjson.dumps(line, default=str).decode()
    except TypeError:  # what is no UTF-8, e.g. in a header's value
        return json.dumps(line, default=str)
