"""What of an engine's pulse a person should look at, in words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

from xyper_engine.model import now
from xyper_engine.saying import Quoted, quoted, said
from xyper_engine.state.pulses import PulseView, TokenView

OLD = 300.0
"""Seconds after which a message has waited for too long."""
SKEWED = 30.0
SOON = timedelta(days=7)
FULL = 0.5
"""Of the spool's limit: long before webhooks are refused."""


LOST = said("trouble.canary", "The canary's last message was lost: real ones may be, too.")
PARTS: Mapping[str, str] = {
    "broker": said("part.broker", "broker"),
    "cache": said("part.cache", "cache"),
    "database": said("part.database", "database"),
    "media": said("part.media", "media"),
}
QUEUES: Mapping[str, str] = {
    "inbound": said("queue.inbound", "inbound"),
    "outbound": said("queue.outbound", "outbound"),
    "signals": said("queue.signals", "signals"),
}


def troubles(told: PulseView) -> Mapping[str, str]:
    """One sentence for each kind, with how many more there are."""
    return {kind: _summed(found) for kind, look in _KINDS.items() if (found := list(look(told)))}


def of_part(part: str, state: str) -> str:
    return said("trouble.part", "{part}: {state}", part=PARTS.get(part, part), state=quoted(state))


def of_clock(host: str, skew: float) -> str:
    words = "Our clock and that of {host} are {seconds} seconds apart: is NTP at work here?"
    return said("trouble.clock", words, host=host, seconds=round(abs(skew)))


def of_token(one: TokenView) -> str:
    words = "The access token of {account} expires {until}: rotate it."
    return said("trouble.token", words, account=one.account, until=one.expires_at)


def _summed(found: Sequence[str]) -> str:
    if len(found) == 1:
        return found[0]
    return said("trouble.more", "{first} ({count} more like it.)", first=found[0], count=len(found) - 1)


def _parts(told: PulseView) -> Iterator[str]:
    yield from (of_part(part, told.state(part)) for part, state in told.parts.items() if state != "ok")


def _queues(told: PulseView) -> Iterator[str]:
    for one in told.queues:
        if one.age > OLD:
            words = "A message of {tenant} has been waiting for {seconds} seconds ({queue})."
            yield said("trouble.age", words, tenant=one.tenant, seconds=round(one.age), queue=QUEUES[one.queue])


def _unattended(told: PulseView) -> Iterator[str]:
    for one in told.queues:
        if one.consumers == 0:
            words = "Nobody consumes {queue} of {tenant}."
            yield said("trouble.unattended", words, queue=QUEUES[one.queue], tenant=one.tenant)


def _breakers(told: PulseView) -> Iterator[str]:
    for one in told.breakers:
        words = "Traffic to {account} is paused: {reason}."
        yield said("trouble.breaker", words, account=one.account, reason=Quoted(one.reason))


def _spool(told: PulseView) -> Iterator[str]:
    spool = told.spool
    if spool.limit and spool.used > FULL * spool.limit:
        words = "The spool is {percent}% full: webhooks are refused when it is full."
        yield said("trouble.spool", words, percent=round(100 * spool.used / spool.limit))
    if spool.age > OLD:
        words = "The spool holds a message for {seconds} seconds: is RabbitMQ away?"
        yield said("trouble.spooled", words, seconds=round(spool.age))


def _clocks(told: PulseView) -> Iterator[str]:
    yield from (of_clock(host, skew) for host, skew in told.clocks.items() if abs(skew) > SKEWED)


def _tokens(told: PulseView) -> Iterator[str]:
    yield from (of_token(one) for one in told.tokens if one.expires_at < now() + SOON)


def _canary(told: PulseView) -> Iterator[str]:
    if told.canary and told.canary.failing:
        yield LOST


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
