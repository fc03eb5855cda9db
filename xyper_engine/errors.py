"""Every way a hop can fail, named once, with what the engine does about it.

Adapters raise; the router decides. `retryable` says whether the same thing may be tried again later, `certain` whether
the far side is known *not* to have taken it: what is not certain is never repeated blindly.
"""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from xyper_engine.saying import Said


class XyperError(Exception):
    """The root. `str(error)` is one sentence for a person: it names the thing and says what to do next.

    Raised with a sentence of `saying.py` it gives that, so that a page can say it in another language.
    """

    def __str__(self) -> str:
        [words] = self.args[:1] or [""]
        return words if isinstance(words, Said) else super().__str__()


class SettingsError(XyperError):
    """A setting is missing, malformed or contradicts another. The text names it as `[section] name`."""


class Unavailable(XyperError):
    """An outside part (broker, cache, database, media store) does not answer now, and may later."""


class BrokerUnavailable(Unavailable):
    """Neither the broker nor its spool could store something durably: the edge answers 503."""


class NotFound(XyperError):
    """A named thing (tenant, account, dead letter) does not exist."""


class Conflict(XyperError):
    """A named thing exists already, or belongs to someone else."""


class Refused(XyperError):
    """A webhook request is not proved genuine. `status` is the HTTP answer: 401 without proof, 403 with a wrong one."""

    def __init__(self, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.status = status


class Unauthenticated(XyperError):
    """Nobody is proved: no token, or one that does not hold (any more). HTTP 401."""


class Forbidden(XyperError):
    """Somebody is proved and may not do that. HTTP 403. `code` says why to programs, where one can do about it."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class OverQuota(Conflict):
    """A tenant has as many of these as it may."""


class Unconditional(XyperError):
    """A change that does not say what it changes: the client must send the version it has read. HTTP 428."""


class Outdated(XyperError):
    """It was changed by somebody else since it was read: HTTP 412."""


class TooMany(XyperError):
    """A rate limit of ours. `after` is the seconds to wait. HTTP 429."""

    def __init__(self, message: str, after: float) -> None:
        super().__init__(message)
        self.after = after


class Malformed(XyperError):
    """A genuine request whose body is not what is documented: HTTP 400."""


class Invalid(Malformed):
    """Readable, but fields of it are wrong: HTTP 422. `fields` says of each what is wrong, never its value."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field or 'body'}: {what}" for field, what in fields.items()))
        self.fields = fields

    @classmethod
    def of(cls, error: ValidationError) -> "Invalid":
        """What pydantic found, by the path of each field."""
        return cls({".".join(map(str, fault["loc"])): fault["msg"] for fault in error.errors()})


class Unsupported(XyperError):
    """The channel has no way to say this. Raised by `render`; the event becomes a dead letter with these words."""


Fault = tuple[str, str]
"""A JSON pointer into what was handed in, and what is wrong there."""


class Faulty(Unsupported):
    """Something handed in that its vendor would refuse: `faults` are words by JSON pointer, "" for the whole."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(" ".join(words for _, words in faults))
        self.faults = faults


class Unsendable(XyperError):
    """What somebody wants to send cannot be sent, or not by them, or not now.

    `code` says so to programs: `not_yours`, `ended`, `sign_in`, `window_closed`, `too_long`, …; `field` is a JSON
    pointer to what is at fault in what they sent.
    """

    def __init__(self, message: str, code: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class OptedOut(Unsupported):
    """The customer does not want to be sent this."""


class Unconvertible(XyperError):
    """A file cannot be turned into what a channel takes: it travels as it is, or as a link."""


class Held(XyperError):
    """Raised by a transformer: the message waits, stored, until the customer writes, and is routed again then."""


class TransformerFailed(XyperError):
    """A transformer whose policy is `stop` failed or hung: the event is tried again."""


class SendError(XyperError):
    """A payload was not delivered to the far side.

    `code` is the vendor's own (as text), `after` the seconds to wait before the next try where the far side named them,
    and `correlation` the vendor's request id (`fbtrace_id`, `ININ-Correlation-Id`).
    """

    retryable = True
    certain = True
    trips = False
    """True where the far side as a whole is in trouble, so that the tenant's breaker counts it."""

    def __init__(
        self, message: str, *, code: str = "", after: float | None = None, correlation: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.after = after
        self.correlation = correlation
        self.paused = False
        """Set by the engine where the account's breaker is open: waiting then is nobody's fault."""
        self.field: str | None = None
        """A JSON pointer into what was handed in, set by an adapter that knows what the far side means."""


class Throttled(SendError):
    """A rate limit. `bucket` names the `Rate` to hold back; None where the far side does not say which."""

    def __init__(
        self,
        message: str,
        *,
        bucket: str | None = None,
        code: str = "",
        after: float | None = None,
        correlation: str | None = None,
    ) -> None:
        super().__init__(message, code=code, after=after, correlation=correlation)
        self.bucket = bucket


class FarSideDown(SendError):
    """Connection refused, or an answer that means "not taken, try later" (e.g. HTTP 503)."""

    trips = True


class Ambiguous(SendError):
    """The request left and no clear answer came (timeout, reset, a bare 5xx): it may have been taken."""

    certain = False
    trips = True


class NotYetKnown(SendError):
    """`ReadsBack.find` cannot tell yet whether an earlier try was taken."""

    certain = False


class Rejected(SendError):
    """The far side will never take this message."""

    retryable = False


class Misconfigured(SendError):
    """Credentials, permissions or account state are wrong: nothing of this account passes until a person mends it."""

    trips = True


class AuthRefused(Misconfigured):
    """The vendor itself says that the credentials do not hold (any more). Never raised for silence or a time-out."""
