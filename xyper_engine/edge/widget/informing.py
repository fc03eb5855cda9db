"""What became of one message: its times, its ids at both sides, its price, and its way step by step."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from xyper_engine.access.roles import Action
from xyper_engine.edge.hiding import hidden_facts, hidden_id
from xyper_engine.edge.route import Call, Route, Told
from xyper_engine.edge.widget.opening import BASE, opened
from xyper_engine.edge.widget.reading import InLanguage
from xyper_engine.edge.widget.talk import Talk
from xyper_engine.edge.widget.telling import FailureTold
from xyper_engine.model import Message
from xyper_engine.price import Price
from xyper_engine.runtime import Runtime
from xyper_engine.state.timeline import Happened, timelines
from xyper_engine.template import Template


class TemplateTold(Told):
    name: str
    language: str
    category: str | None
    """As the vendor has it today."""


class StepTold(Told):
    at: datetime
    step: str
    words: str
    """The same with its circumstances; never what was said."""
    ms: float | None
    """How long it took, where it took any time."""


class InfoTold(Told):
    id: str
    far_id: str | None
    """The vendor's; of one with a telephone number within it the end."""
    status_at: dict[str, datetime]
    template: TemplateTold | None
    price: Price | None
    failure: FailureTold | None
    steps: tuple[StepTold, ...]


class InformingApi:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._talk = Talk(rt)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", f"{BASE}/messages/{{id}}/info", Action.widget_read, self.info, "What became of a message.",
                  query=InLanguage, answer=InfoTold),
        )  # fmt: skip

    async def info(self, call: Call) -> InfoTold:
        within = (await opened(self._rt, call)).conversation
        one = await self._talk.bubbles.one(within, call.path("id"))
        told = await self._talk.one(within, one.said.id, call.query.language)
        tracked = one.said.tracked
        far_ids = [payload.far_id for payload in tracked.payloads if payload.far_id]
        customers = tracked.external_id if told.direction == "in" else next(iter(far_ids), None)
        async with self._rt.db.tenant(within.tenant) as connection:
            lines = await timelines(connection, one.said.id, within.tenant)
        return InfoTold(
            id=one.said.id,
            far_id=hidden_id(customers) if customers else None,
            status_at=told.status_at,
            template=await self._template(within.customer.adapter, one.said.message),
            price=next((payload.price for payload in tracked.payloads if payload.price), None),
            failure=told.failure,
            steps=tuple(_steps(lines[-1].steps)) if lines else (),
        )

    async def _template(self, adapter: str, message: Message | None) -> TemplateTold | None:
        part = next((part for part in message.parts if isinstance(part, Template)), None) if message else None
        if part is None or message is None or message.to is None:
            return TemplateTold(name=part.name, language=part.language, category=None) if part else None
        account = await self._rt.directory.account(message.to)
        found = None
        if account is not None and account.parent is not None:
            found = await self._rt.templates.find(adapter, account.parent, part.name, part.language)
        return TemplateTold(name=part.name, language=part.language, category=found.category if found else None)


def _steps(steps: Sequence[Happened]) -> Iterator[StepTold]:
    for one in steps:
        facts = hidden_facts(one.facts)
        yield StepTold(at=one.at, step=one.what, words=_words(one.what, facts), ms=facts.get("ms"))


def _words(what: str, facts: Mapping[str, Any]) -> str:
    told = ", ".join(str(value) for name, value in facts.items() if name != "ms" and _short(value))
    return f"{what}: {told}" if told else what


def _short(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and bool(str(value))
