"""What of an engine's pulse a person should look at, in words."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from xyper_engine.model import now
from xyper_engine.state.pulses import PulseView

OLD = 300.0
"""Seconds after which a message has waited for too long."""
SKEWED = 30.0
SOON = timedelta(days=7)
FULL = 0.5
"""Of the spool's limit: long before webhooks are refused."""


def troubles(told: PulseView) -> Mapping[str, str]:
    """One sentence for each kind, with how many more there are."""
    return {
        kind: f"{found[0]}{f' ({len(found) - 1} more like it.)' if len(found) > 1 else ''}"
        for kind, look in _KINDS.items()
        if (found := list(look(told)))
    }


def _parts(told: PulseView) -> Iterator[str]:
    yield from (f"{part}: {state}" for part, state in told.parts.items() if state != "ok")


def _queues(told: PulseView) -> Iterator[str]:
    for one in told.queues:
        if one.age > OLD:
            yield f"A message of {one.tenant} has been waiting for {one.age:.0f} seconds ({one.queue})."


def _unattended(told: PulseView) -> Iterator[str]:
    yield from (f"Nobody consumes {one.queue} of {one.tenant}." for one in told.queues if one.consumers == 0)


def _breakers(told: PulseView) -> Iterator[str]:
    yield from (f"Traffic to {one.account} is paused: {one.reason}." for one in told.breakers)


def _spool(told: PulseView) -> Iterator[str]:
    spool = told.spool
    if spool.limit and spool.used > FULL * spool.limit:
        yield f"The spool is {spool.used / spool.limit:.0%} full: webhooks are refused when it is full."
    if spool.age > OLD:
        yield f"The spool holds a message for {spool.age:.0f} seconds: is RabbitMQ away?"


def _clocks(told: PulseView) -> Iterator[str]:
    for host, skew in told.clocks.items():
        if abs(skew) > SKEWED:
            yield f"Our clock and that of {host} are {abs(skew):.0f} seconds apart: is NTP at work here?"


def _tokens(told: PulseView) -> Iterator[str]:
    for one in told.tokens:
        if one.expires_at < now() + SOON:
            yield f"The access token of {one.account} expires {one.expires_at:%Y-%m-%d %H:%M} UTC: rotate it."


def _canary(told: PulseView) -> Iterator[str]:
    if told.canary and told.canary.failing:
        yield "The canary's last message was lost: real ones may be, too."


_KINDS: Mapping[str, Callable[[PulseView], Iterator[str]]] = {
    "part": _parts,
    "age": _queues,
    "unattended": _unattended,
    "breaker": _breakers,
    "spool": _spool,
    "clock": _clocks,
    "token": _tokens,
    "canary": _canary,
}
