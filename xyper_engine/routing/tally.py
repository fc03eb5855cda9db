"""The tally: which facts of a message's way are counted, and as what. All of it is arithmetic in memory."""

from collections.abc import Callable, Iterator
from datetime import datetime

from xyper_engine.model import Direction, Message, Receipt, Status, Utterance, now
from xyper_engine.parts import Media
from xyper_engine.routing.outcome import Dead, Delivered, Filtered, Outcome, name
from xyper_engine.routing.way import Way
from xyper_engine.runtime import Runtime
from xyper_engine.state.receipts import Progress
from xyper_engine.state.statistics import Series, bucket
from xyper_engine.template import Template

_TEMPLATE = "template:"
_STAGES = {
    Direction.inbound: ((Status.published, "sent"), (Status.delivered, "delivered"), (Status.read, "read")),
    Direction.outbound: ((Status.sent, "sent"), (Status.delivered, "delivered"), (Status.read, "read")),
}
"""What each side's word for a step of the funnel is."""


def kind_of(said: Utterance) -> str:
    """What is said, in one word; of a template also which one."""
    if not isinstance(said, Message) or not said.parts:
        return said.kind
    first = said.parts[0]
    if len(said.parts) > 1:
        first = next((part for part in said.parts if isinstance(part, Media | Template)), first)
    if isinstance(first, Template):
        return f"{_TEMPLATE}{first.name}/{first.language}"
    return first.kind.value if isinstance(first, Media) else first.type


class Tally:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._statistics = rt.statistics
        self._queued: dict[tuple[str, Direction], Callable[[float], None]] = {}

    async def ended(self, event: Message, outcome: Outcome, begun: datetime) -> None:
        """It was settled; `begun`: when work on it began. What was known to have ended before counts no second time."""
        if not isinstance(outcome, Delivered):
            self._rt.watchers.rose(event.thread, event.id)
        if isinstance(outcome, Filtered) and outcome.by in ("ledger", "held"):
            return
        number, kind = outcome.number or await self._number(event), kind_of(event).partition(":")[0]
        of, came = Series(event.tenant, number, event.direction, "messages", kind, name(outcome)), event.received_at
        if isinstance(outcome, Dead):
            last = of._replace(measure="failures", kind="", label=outcome.code or outcome.reason)
        else:
            last = Series(*of[:3], "latency", kind, bucket((now() - came).total_seconds()))
        self._rt.lags.came(event.origin.adapter, (came - event.occurred_at).total_seconds())
        waited = (begun - came).total_seconds()
        self._statistics.count(event.id, of, Series(*of[:3], "queue", kind, bucket(waited)), last)
        self._waited(kind, event.direction, waited)

    def _waited(self, kind: str, direction: Direction, seconds: float) -> None:
        """For `/metrics`, which tells no tenants apart here."""
        observe = self._queued.get((kind, direction))
        if observe is None:
            observe = self._queued[kind, direction] = self._rt.metrics.queued.labels(kind, direction).observe
        observe(seconds)

    def said(self, event: Message, way: Way, kind: str) -> None:
        """An agent's words were taken: was the service window open, and was it a template?"""
        _, template, which = kind.partition(":")
        self.window(event, way, "template" if template else "open" if _is_open(way) else "closed")
        if template:
            self._count(event, str(way.link.customer), "templates", which, "accepted")

    def refused(self, event: Message | Receipt, way: Way) -> None:
        """An agent's words cannot be said: where the window is closed, that is why."""
        if isinstance(event, Message) and not _is_open(way):
            self.window(event, way, "refused")

    def window(self, event: Message, way: Way, state: str) -> None:
        if event.direction is Direction.outbound:
            self._count(event, str(way.link.customer), "window", "", state)

    def answered(self, event: Message, way: Way, asked_at: datetime) -> None:
        """An agent's first answer since the customer asked."""
        waited = (event.received_at - asked_at).total_seconds()
        self._observe(event, str(way.link.customer), "answers", max(waited, 0.0))

    def rose(self, tenant: str, direction: Direction, number: str, progress: Progress) -> None:
        """Receipts brought a message further, or told what it costs."""
        series, id_ = Series(tenant, number, direction, "receipts"), progress.event_id
        self._rt.watchers.rose(progress.thread, id_)
        kind, template, which = progress.kind.partition(":")
        for word, n in _steps(direction, *progress.rose):
            counted = [series._replace(kind=kind, label=word)]
            if template:
                counted.append(series._replace(measure="templates", kind=which, label=word))
            if word == "failed":
                code = progress.reason.code if progress.reason else "unknown"
                counted.append(series._replace(measure="failures", label=code))
            self._statistics.count(id_, *counted, n=n)
        if price := progress.price:
            self._statistics.count(id_, series._replace(measure="prices", kind=price.type, label=price.category))

    async def _number(self, event: Message) -> str:
        """Of what died before its way was found: the customer's channel, where it is the only one."""
        if event.direction is Direction.inbound:
            return str(event.origin)
        links = await self._rt.directory.links(event.origin)
        return str(links[0].customer) if len(links) == 1 else ""

    def _count(self, event: Message, number: str, measure: str, kind: str, label: str) -> None:
        self._statistics.count(event.id, Series(event.tenant, number, event.direction, measure, kind, label))

    def _observe(self, event: Message, number: str, measure: str, seconds: float) -> None:
        """One more value of a histogram."""
        self._count(event, number, measure, "", bucket(seconds))


def _steps(direction: Direction, was: int, is_: int) -> Iterator[tuple[str, int]]:
    """Steps of the funnel between two ranks; a message that arrived after all did not fail."""
    failed = Status.failed.rank
    if was != is_ and failed in (was, is_):
        yield "failed", 1 if is_ == failed else -1
    if is_ != failed:
        yield from ((word, 1) for status, word in _STAGES[direction] if was < status.rank <= is_)


def _is_open(way: Way) -> bool:
    known = way.to.conversation
    return bool(known and known.window_until and known.window_until > now())
