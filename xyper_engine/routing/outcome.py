"""What became of an event: a value, so that one place can turn it into broker verbs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivered:
    """The far side took every payload."""

    number: str = ""
    """Over which of the tenant's numbers, where that was found out; so below."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """It went no further, and rightly so: `by` the ledger, a transformer, or because there was nothing to say."""

    by: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now. `after` seconds, where the far side named them."""

    reason: str
    detail: str = ""
    after: float | None = None
    patient: bool = False
    """True where waiting must not use up the lane's patience: our own parts are away, or the breaker is open."""
    bug: bool = False
    number: str = ""


@dataclass(frozen=True, slots=True)
class Dead:
    """Never: it becomes a dead letter with these words."""

    reason: str
    detail: str = ""
    code: str = ""
    """The vendor's own, where it named one."""
    number: str = ""


Outcome = Delivered | Filtered | Retry | Dead


def name(outcome: Outcome) -> str:
    return type(outcome).__name__.lower()


def why_of(outcome: Outcome) -> str:
    """Its reason in a word or two, with the vendor's code; "" where there is none to give."""
    match outcome:
        case Delivered():
            return ""
        case Filtered():
            return outcome.by
        case Dead():
            return f"{outcome.reason} {outcome.code}".strip()
    return outcome.reason
