"""An answer of Meta's that is no success, as the `SendError` it means.

{"error": {"message", "type", "code", "error_subcode", "error_data": {"details"}, "fbtrace_id"}}
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from xyper_engine.contract import Payload
from xyper_engine.errors import Ambiguous, AuthRefused, FarSideDown, Misconfigured, Rejected, SendError, Throttled
from xyper_engine.model import Account
from xyper_engine.saying import Quoted, quoted, said
from xyper_whatsapp.codes import Row, Verdict, look_up

_PERSONAL = re.compile(r"\d{7,}|wamid\.\S+")
_USAGE = "X-Business-Use-Case-Usage"


def failure(
    status: int, headers: Mapping[str, str], answer: Mapping[str, Any], payload: Payload, account: Account
) -> SendError:
    """What a status beyond 2xx means; `answer` is the body's JSON object, empty where there was none."""
    error = answer.get("error")
    if not isinstance(error, dict):
        return _bare(status)
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    row = look_up(code, subcode) if code is not None else None
    words, named, trace = _words(error, row, account), "" if code is None else str(code), _text(error.get("fbtrace_id"))
    match row.verdict if row else _by_status(status):
        case Verdict.retry:
            return FarSideDown(words, code=named, after=_after(headers), correlation=trace)
        case Verdict.wait:
            bucket = _bucket(payload, -1)
            return Throttled(words, bucket=bucket, code=named, after=_after(headers), correlation=trace)
        case Verdict.pair:
            # Seldom an `after`: Meta asks for 4^n seconds, and only the router knows the number of tries.
            bucket = _bucket(payload, 0)
            return Throttled(words, bucket=bucket, code=named, after=_retry_after(headers), correlation=trace)
        case Verdict.mend:
            return Misconfigured(words, code=named, correlation=trace)
        case Verdict.login:
            return AuthRefused(words, code=named, correlation=trace)
        case Verdict.reject:
            return Rejected(words, code=named, correlation=trace)


def correlation(headers: Mapping[str, str], answer: Mapping[str, Any]) -> str | None:
    """What Meta's support asks for."""
    error = answer.get("error")
    return headers.get("X-FB-Trace-ID") or (_text(error.get("fbtrace_id")) if isinstance(error, dict) else None)


def object_in(content: bytes) -> Mapping[str, Any]:
    """An answer's JSON object; empty where it is none, e.g. a proxy's page."""
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _bare(status: int) -> SendError:
    """An answer without Meta's error object comes from something between: only a 5xx may hide a message taken."""
    if status >= 500:
        return Ambiguous(f"Meta answered {status} without saying why.", code=str(status))
    if status == 429:
        return Throttled("Meta answered 429 without saying why.", code="429")
    return FarSideDown(f"Something before Meta answered {status}: check graph_url and any proxy.", code=str(status))


def _by_status(status: int) -> Verdict:
    """For a code that Meta's list does not have."""
    if status == 429:
        return Verdict.wait
    return Verdict.retry if status >= 500 else Verdict.reject


def _words(error: Mapping[str, Any], row: Row | None, account: Account) -> str:
    details = error.get("error_data")
    told = [_text(error.get("message")), _text(details.get("details")) if isinstance(details, dict) else None]
    vendor = " ".join(dict.fromkeys(one for one in told if one))
    # Meta quotes a malformed token in its message, and may quote numbers.
    for secret in account.secrets.values():
        vendor = vendor.replace(secret.get_secret_value() or "\0", "…")
    vendor = _PERSONAL.sub("…", vendor)
    if not vendor:
        return row.words if row else ""
    if row is None:
        return said("whatsapp.says", "Meta says: {vendor}", vendor=Quoted(vendor))
    words = "{words} Meta says: {vendor}"
    return said("whatsapp.failed", words, words=quoted(row.words), vendor=Quoted(vendor))


def _bucket(payload: Payload, index: int) -> str | None:
    return payload.rates[index].bucket if payload.rates else None


def _after(headers: Mapping[str, str]) -> float | None:
    return _retry_after(headers) or _regained(headers.get(_USAGE, ""))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdecimal() else None


def _regained(usage: str) -> float | None:
    """The longest `estimated_time_to_regain_access`, in seconds (Meta counts minutes)."""
    try:
        businesses = orjson.loads(usage)
    except orjson.JSONDecodeError:
        return None
    lists = businesses.values() if isinstance(businesses, dict) else ()
    uses = [use for held in lists if isinstance(held, list) for use in held if isinstance(use, dict)]
    minutes = [_number(use.get("estimated_time_to_regain_access")) or 0 for use in uses]
    return 60.0 * max(minutes) if any(minutes) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
