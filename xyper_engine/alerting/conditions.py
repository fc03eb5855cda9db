"""What is wrong enough to tell somebody, made of what engines tell of themselves and of what the database knows."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from xyper_engine.model import CANARY, now
from xyper_engine.routing import troubles
from xyper_engine.saying import Quoted, said
from xyper_engine.sections import Alerts
from xyper_engine.state.alerts import AlertBook, Condition, Topic
from xyper_engine.state.objectives import BudgetView, Objectives
from xyper_engine.state.pulses import Pulses, PulseView, SpoolView, merged
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
            Condition(one.tenant, Topic.token, one.account, troubles.of_token(one))
            for one in await self._book.expiring(within)
        ]

    async def _dead(self) -> Sequence[Condition]:
        return [
            Condition(tenant, Topic.dead, "waiting", _piled(n))
            for tenant, n in await self._book.piled(self._settings.dead_letters)
        ]


def of_engines(pulses: Sequence[PulseView], settings: Alerts) -> Iterator[Condition]:
    """What the engines tell of tenants' traffic, and of what they stand on."""
    whole = merged(pulses)
    for breaker in whole.breakers:
        if breaker.seconds > settings.breaker:
            words = "Traffic to {account} has been paused for {time}: {reason}."
            time, why = timedelta(seconds=breaker.seconds), Quoted(breaker.reason)
            told = said("alert.breaker", words, account=breaker.account, time=time, reason=why)
            yield Condition(breaker.tenant, Topic.breaker, breaker.account, told)
    for queue in whole.queues:
        if queue.age > settings.age:
            time, way = timedelta(seconds=queue.age), troubles.QUEUES[queue.queue]
            told = said("alert.age", "A message has been waiting for {time} ({queue}).", time=time, queue=way)
            yield Condition(queue.tenant, Topic.age, queue.queue, told)
    for pulse in pulses:
        yield from _of_one(pulse, settings)


def of_budget(budget: BudgetView) -> Iterator[Condition]:
    late = budget.total - budget.good
    if late < FEW:
        return
    words = "{share} % of messages handed over within {seconds} seconds"
    goal = said("alert.goal", words, share=budget.share, seconds=budget.seconds)
    if budget.kept <= 0:
        words = "The error budget of 30 days is used up: {late} of {total} messages missed the goal of {goal}."
        told = said("alert.budget", words, late=late, total=budget.total, goal=goal)
        yield Condition(budget.tenant, Topic.budget, "left", told)
    if budget.burn_hour >= FAST and budget.burn_six >= LASTING:
        words = "The error budget is being used up {times} times too fast; the goal is {goal}."
        told = said("alert.burn", words, times=round(budget.burn_hour), goal=goal)
        yield Condition(budget.tenant, Topic.budget, "burn", told)


def _of_one(pulse: PulseView, settings: Alerts) -> Iterator[Condition]:
    """Of Xyper itself. The same of several engines is one thing: the subject says so."""
    for part, state in pulse.parts.items():
        if state != "ok":
            yield Condition(None, Topic.part, part, troubles.of_part(part, pulse.state(part)))
    if pulse.spool.age > settings.age or (pulse.spool.limit and pulse.spool.used > pulse.spool.limit / 2):
        yield Condition(None, Topic.spool, pulse.host, _of_spool(pulse.host, pulse.spool))
    for host, skew in pulse.clocks.items():
        if abs(skew) > SKEWED:
            yield Condition(None, Topic.clock, host, troubles.of_clock(host, skew))
    if pulse.canary and pulse.canary.failing:
        yield Condition(None, Topic.canary, "lost", troubles.LOST)
    if (found := pulse.certificate) and found.expires_at and (found.fault or found.expires_at < _soon(settings)):
        words = "The certificate of {host} expires {until}: renew it."
        told = found.why or said("alert.certificate", words, host=found.host, until=found.expires_at)
        yield Condition(None, Topic.certificate, found.host, told)


def _piled(count: int) -> str:
    return said("alert.dead", "{count} dead letters wait: look at their causes, and replay them.", count=count)


def _of_spool(host: str, spool: SpoolView) -> str:
    words = "The spool of {host} is {percent}% full, and its oldest message is {time} old: is RabbitMQ away?"
    percent, time = round(100 * spool.used / max(spool.limit, 1)), timedelta(seconds=spool.age)
    return said("alert.spool", words, host=host, percent=percent, time=time)


def _soon(settings: Alerts) -> datetime:
    return now() + timedelta(days=settings.certificate_days)
