"""A gentle traffic: people who write, and an agent who answers, both at a human pace and by the ordinary ways.

For demonstrations: pages then show something that lives. `[plugins.sim] traffic` says how many people begin to write in
a minute, `PUT /api/traffic` changes it while it runs; 0 is nobody.
"""

import asyncio
import time
from collections.abc import Sequence
from random import Random
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from xyper_engine.within import within
from xyper_sim.cloud_model import Conversation
from xyper_sim.cloud_state import CloudState
from xyper_sim.graph_state import GraphState
from xyper_sim.kit import Kit
from xyper_sim.settings import Customer

MOST = 60.0
"""People in a minute: more is not gentle."""
_FIRST = 3.0
_ARRIVES = 30.0
"""Seconds for which an agent looks out for what a customer wrote: it may be held up on its way."""
_LOOK = 0.5

_PEOPLE = (
    "Dana Whitfield", "Emre Yildiz", "Farah Siddiqui", "Gustav Nyberg", "Hana Kovar", "Ismael Cruz", "Jun Watanabe",
    "Katya Orlova",
)  # fmt: skip

STORIES: Sequence[Sequence[tuple[dict[str, Any], str]]] = (
    (
        ({"text": "Hi! My parcel should have come yesterday."}, "Good morning! What is your order number, please?"),
        ({"text": "It is 48-2231."}, "Thank you. It is on the van and arrives before six this evening."),
        ({"text": "Wonderful, thanks a lot!"}, "You are welcome. Have a good day!"),
    ),
    (
        ({"text": "Do you have the blue lamp in stock?"}, "Hello! Yes, four of them. Shall I put one aside for you?"),
        ({"text": "Yes please, I will be there tomorrow."}, "Done: it waits at the counter, under your name."),
    ),
    (
        ({"text": "Where is your nearest shop?"}, "Could you send me your place? Then I can tell you."),
        (
            {"type": "location", "location": {"latitude": 59.3293, "longitude": 18.0686, "name": "Stockholm"}},
            "The one in Storgatan is ten minutes on foot, open until seven.",
        ),
    ),
    (
        ({"text": "The invoice for October has the wrong address."}, "I am sorry. What should it say?"),
        ({"text": "Hauptstraße 12, 10827 Berlin"}, "Corrected. The new invoice is in your mailbox."),
        ({"text": "Got it 👍"}, "Glad to hear that!"),
    ),
    (({"text": "Can I change my appointment to Friday?"}, "Of course. Friday at 10:30 or at 15:00?"),
     ({"text": "15:00 would be perfect."}, "Booked. You will get a reminder the day before.")),
)  # fmt: skip
"""What customers write, as the control API takes it, and what they are answered."""


class Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    per_minute: float = Field(ge=0, le=MOST)


class Traffic:
    def __init__(self, kit: Kit, graph: GraphState, cloud: CloudState, per_minute: float) -> None:
        self._kit, self._graph, self._cloud = kit, graph, cloud
        self._dice = Random(kit.settings.seed)
        self._per_minute = per_minute
        self._changed = asyncio.Event()
        self._busy: set[str] = set()
        kit.live.offer("traffic", self.view)

    def begin(self) -> None:
        """From now on people come."""
        self._kit.tasks.spawn(self._always(), "sim traffic")

    def view(self) -> dict[str, float]:
        return {"per_minute": self._per_minute}

    def turn(self, per_minute: float) -> None:
        """So many people in a minute; who is in a conversation ends it."""
        self._per_minute = per_minute
        self._changed.set()
        self._kit.live.publish("traffic", self.view())

    async def _always(self) -> None:
        pause = _FIRST
        while True:
            if not await self._waited(pause if self._per_minute else None):
                self._somebody()
            pause = self._dice.expovariate(self._per_minute / 60) if self._per_minute else _FIRST

    async def _waited(self, seconds: float | None) -> bool:
        """Whether the pace was changed meanwhile. None: wait for just that."""
        self._changed.clear()
        return await within(None if seconds is None else self._kit.scaled(seconds), self._changed)

    def _somebody(self) -> None:
        """One of those who have nothing to do begins to write, to one of the numbers that can answer."""
        numbers = [one.phone_number_id for one in self._graph.numbers.values() if one.registered and one.subscribed]
        free = [n for n, name in enumerate(_PEOPLE) if name not in self._busy]
        if numbers and free:
            n = self._dice.choice(free)
            who = Customer(wa_id=f"165055501{n + 10}", name=_PEOPLE[n])
            story = self._dice.choice(STORIES)
            self._kit.tasks.spawn(self._talk(self._dice.choice(numbers), who, story), "sim story")

    async def _talk(self, number: str, who: Customer, story: Sequence[tuple[dict[str, Any], str]]) -> None:
        self._busy.add(who.name)
        customer = self._graph.customers.get(who.wa_id) or self._graph.put_customer(who)
        try:
            for said, answer in story:
                written_at = time.time()
                self._graph.write(number, customer, said)
                if not await self._answered(customer, written_at, answer):
                    return
                await self._pause(6.0, 20.0)
        finally:
            self._busy.discard(who.name)

    async def _answered(self, customer: Customer, since: float, text: str) -> bool:
        """The agent reads, types and answers; False where nothing came to answer, or nobody could."""
        if (conversation := await self._arrived(customer, since)) is None:
            return False
        await self._pause(2.0, 6.0)
        self._cloud.look(conversation)
        self._cloud.types(conversation)
        await self._pause(2.0, 5.0)
        if not conversation.connected:
            return False
        self._cloud.say(conversation, text)
        return True

    async def _arrived(self, customer: Customer, since: float) -> Conversation | None:
        deadline = time.monotonic() + _ARRIVES
        while time.monotonic() < deadline:
            await asyncio.sleep(self._kit.scaled(_LOOK))
            for one in reversed(self._cloud.conversations.values()):
                last = one.messages[-1] if one.messages else None
                if one.address.endswith(customer.wa_id) and last and last.inbound and last.at >= since:
                    return one
        return None

    async def _pause(self, least: float, most: float) -> None:
        await asyncio.sleep(self._kit.scaled(self._dice.uniform(least, most)))


def routes(traffic: Traffic) -> list[web.RouteDef]:
    async def show(_: web.Request) -> web.Response:
        """`GET /api/traffic` → `{"per_minute"}`."""
        return web.json_response(traffic.view())

    async def turn(request: web.Request) -> web.Response:
        """`PUT /api/traffic {"per_minute": 3}`; 0 ends it."""
        traffic.turn(Wish.model_validate(await request.json()).per_minute)
        return web.json_response(traffic.view())

    return [web.get("/api/traffic", show), web.put("/api/traffic", turn)]
