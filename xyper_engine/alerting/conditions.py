"""What is wrong enough to tell somebody, made of what engines tell of themselves and of what the database knows."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from xyper_engine.model import CANARY, now
from xyper_engine.sections import Alerts
from xyper_engine.state.alerts import AlertBook, Condition, Topic
from xyper_engine.state.objectives import BudgetView, Objectives
from xyper_engine.state.pulses import Pulses, PulseView, merged
from xyper_engine.store.db import Database

SKEWED = 30.0
FAST, LASTING = 14.4, 6.0
"""Burn rates: a fiftieth of the budget in an hour, and not only for that one hour."""
FEW = 5
"""Messages that were late or died, below which nobody is told that the budget burns."""
MOST = 500
"""Tenants with the least budget that are looked at."""


class Conditions:
    def __init__(self, db: Database, settings: Alerts) -> None:
        self._settings = settings
        self._book = AlertBook(db)
        self._pulses = Pulses(db)
        self._objectives = Objectives(db)

    async def all(self) -> Sequence[Condition]:
        """Raises `Unavailable`."""
        pulses = await self._pulses.engines()
        found = [*of_engines(pulses, self._settings), *await self._book.wrong()]
        found += await self._tokens()
        found += await self._dead()
        found += [one for budget in await self._objectives.worst(None, None, MOST) for one in of_budget(budget)]
        return [one for one in found if one.tenant != CANARY]

    async def _tokens(self) -> Sequence[Condition]:
        within = timedelta(days=self._settings.token_days)
        return [
            Condition(one.tenant, Topic.token, one.account,
                      f"The access token of {one.account} expires {one.expires_at:%Y-%m-%d %H:%M} UTC: rotate it.")
            for one in await self._book.expiring(within)
        ]  # fmt: skip

    async def _dead(self) -> Sequence[Condition]:
        return [
            Condition(tenant, Topic.dead, "waiting", f"{n} dead letters wait: look at their causes, and replay them.")
            for tenant, n in await self._book.piled(self._settings.dead_letters)
        ]


def of_engines(pulses: Sequence[PulseView], settings: Alerts) -> Iterator[Condition]:
    """What the engines tell of tenants' traffic, and of what they stand on."""
    whole = merged(pulses)
    for breaker in whole.breakers:
        if breaker.seconds > settings.breaker:
            words = f"Traffic to {breaker.account} has been paused for {minutes(breaker.seconds)}: {breaker.reason}."
            yield Condition(breaker.tenant, Topic.breaker, breaker.account, words)
    for queue in whole.queues:
        if queue.age > settings.age:
            words = f"A message has been waiting for {minutes(queue.age)} ({queue.queue})."
            yield Condition(queue.tenant, Topic.age, queue.queue, words)
    for pulse in pulses:
        yield from _of_one(pulse, settings)


def of_budget(budget: BudgetView) -> Iterator[Condition]:
    goal = f"{budget.share:g} % of messages handed over within {budget.seconds} seconds"
    late = budget.total - budget.good
    if late < FEW:
        return
    if budget.kept <= 0:
        words = f"The error budget of 30 days is used up: {late} of {budget.total} messages missed the goal of {goal}."
        yield Condition(budget.tenant, Topic.budget, "left", words)
    if budget.burn_hour >= FAST and budget.burn_six >= LASTING:
        words = f"The error budget is being used up {budget.burn_hour:.0f} times too fast; the goal is {goal}."
        yield Condition(budget.tenant, Topic.budget, "burn", words)


def minutes(seconds: float) -> str:
    """A time in words that need no change of unit to be read."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"


def _of_one(pulse: PulseView, settings: Alerts) -> Iterator[Condition]:
    """Of Xyper itself. The same of several engines is one thing: the subject says so."""
    for part, state in pulse.parts.items():
        if state != "ok":
            yield Condition(None, Topic.part, part, f"{part}: {state}")
    spool = pulse.spool
    if spool.age > settings.age or (spool.limit and spool.used > spool.limit / 2):
        words = f"The spool of {pulse.host} is {spool.used / max(spool.limit, 1):.0%} full, and its oldest message is "
        yield Condition(None, Topic.spool, pulse.host, f"{words}{minutes(spool.age)} old: is RabbitMQ away?")
    for host, skew in pulse.clocks.items():
        if abs(skew) > SKEWED:
            words = f"Our clock and that of {host} are {abs(skew):.0f} seconds apart: is NTP at work here?"
            yield Condition(None, Topic.clock, host, words)
    if pulse.canary and pulse.canary.failing:
        yield Condition(None, Topic.canary, "lost", "The canary's last message was lost: real ones may be, too.")
    if (found := pulse.certificate) and found.expires_at and (found.fault or found.expires_at < _soon(settings)):
        words = (
            found.fault or f"The certificate of {found.host} expires {found.expires_at:%Y-%m-%d %H:%M} UTC: renew it."
        )
        yield Condition(None, Topic.certificate, found.host, words)


def _soon(settings: Alerts) -> datetime:
    return now() + timedelta(days=settings.certificate_days)
