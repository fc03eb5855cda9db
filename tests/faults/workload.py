"""A seeded workload: customers of many tenants write, agents answer; all that becomes of it goes into a history.

Who writes what, when, and how often each message is answered is decided by the seed alone, never by what happens: two
runs with one seed say the same, whatever is killed meanwhile. Every message has a text of its own,
`<tenant>/<customer> in #<serial>`, or `… out #<serial>` for what agents say.
"""

import asyncio
import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from tests.faults.checker import Verdict, judge, own_words
from tests.faults.history import History, Op, Record, Way
from tests.world import Tenant, World, eventually

LOOK = 0.2
"""Seconds between two looks at what has arrived."""
_OPS: Mapping[str, Op] = {"delivered": "acknowledged", "lost": "given up"}
ANSWERS = (0, 1, 1, 2)
"""How often agents answer a message: one of these."""


@dataclass(frozen=True, slots=True)
class Step:
    """A customer writes."""

    at: float
    """Seconds from the beginning."""
    tenant: Tenant
    customer: str
    picture: bool
    """Not in words, but as the caption of a picture."""

    @property
    def lane(self) -> str:
        return lane_of(self.tenant, self.customer)


def lane_of(tenant: Tenant, customer: str) -> str:
    return f"{tenant.id}/{customer}"


def steps(seed: int, tenants: Sequence[Tenant], customers: int, rate: float, pictures: float) -> Iterator[Step]:
    """Without end; `rate` a second. Two lanes in three are busy ones, so that messages of one meet each other."""
    dice, at = random.Random(f"{seed} says"), 0.0
    people = [f"39333000{n:04d}" for n in range(customers)]
    while True:
        at += dice.expovariate(rate)
        yield Step(at, dice.choice(tenants), dice.choice(people), dice.random() < pictures)


def answers_to(seed: int, text: str) -> int:
    return random.Random(f"{seed} answers {text}").choice(ANSWERS)


class Workload:
    """Runs for some seconds, or until told to finish; then `verdict` says what became of everything."""

    def __init__(
        self,
        world: World,
        tenants: Sequence[Tenant],
        seed: int,
        *,
        customers: int = 6,
        rate: float = 60.0,
        pictures: float = 0.0,
        history: History | None = None,
    ) -> None:
        self._world = world
        self._tenants = tenants
        self._seed = seed
        self._steps = steps(seed, tenants, customers, rate, pictures)
        self._at = {place: one.id for one in tenants for place in (one.number, one.integration)}
        self.history = history or History()
        self._serial: dict[str, int] = {}
        self._said: set[str] = set()
        self._there: set[str] = set()
        self._seen = {"received": 0, "sent": 0, "hooks": 0}
        self._over = asyncio.Event()

    async def run(self, seconds: float = float("inf")) -> None:
        """Customers and agents at work for so long, or until `finish`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write(seconds))
            group.create_task(self._look_on())

    def finish(self) -> None:
        self._over.set()

    @property
    def attempted(self) -> int:
        return len(self._said)

    @property
    def missing(self) -> set[str]:
        """What has not arrived yet."""
        return self._said - self._there

    async def verdict(self, timeout: float = 90.0) -> Verdict:
        """Wait until all has arrived, or time is up, and a moment longer for what should not come."""

        async def arrived() -> bool:
            await self._look()
            return not self.missing

        await eventually(arrived, timeout)
        await self._world.settled(timeout)
        await self._look()
        for violation in await self._world.violations():
            self.history.add(Record("violation", violation["at"], text=f"{violation['rule']}: {violation['detail']}"))
        return judge(self.history.records)

    async def _write(self, seconds: float) -> None:
        began = time.monotonic()
        for step in self._steps:
            if step.at > seconds or await self._over_within(began + step.at - time.monotonic()):
                break
            text = self._numbered(step.lane, "in")
            written = self._picture(step, text) if step.picture else self._world.write(step.tenant, step.customer, text)
            self._attempted(await written, step.lane, text)
        self._over.set()

    async def _picture(self, step: Step, caption: str) -> str:
        number = step.tenant.number
        kept = await self._world.put_up(f"/api/graph/numbers/{number}/media", "p.png", "image/png", picture(caption))
        body = {"phone_number_id": number, "type": "image", "image": {"id": kept["id"], "caption": caption}}
        answer = await self._world.call("POST", f"/api/graph/customers/{step.customer}/messages", body)
        return str(answer["id"])

    async def _over_within(self, seconds: float) -> bool:
        if seconds <= 0:
            return self._over.is_set()
        try:
            async with asyncio.timeout(seconds):
                return await self._over.wait()
        except TimeoutError:
            return False

    async def _look_on(self) -> None:
        while not await self._over_within(LOOK):
            await self._look()

    async def _look(self) -> None:
        """What is new, on all three sides."""
        await self._look_at_agents()
        sent = await self._world.call("GET", f"/api/graph/sent?since={self._seen['sent']}")
        self._seen["sent"] = sent["total"]
        for row in sent["sent"]:
            self._arrived("out", self._lane(row["phone_number_id"], row["customer"]), row["text"], row["at"])
        hooks = await self._world.call("GET", f"/api/webhooks/finished?after={self._seen['hooks']}")
        self._seen["hooks"] = hooks["total"]
        for hook in hooks["deliveries"]:
            self._answered(hook)

    async def _look_at_agents(self) -> None:
        """What has reached them is answered at once."""
        rows: list[dict[str, Any]] = await self._world.call(
            "GET", f"/api/cloud/received?after={self._seen['received']}"
        )
        self._seen["received"] += len(rows)
        for row in rows:
            if row["kind"] == "message":
                lane, text = self._lane(row["integration"], row["address"].lstrip("+")), row["body"].get("text", "")
                first = own_words(text) not in self._there
                self._arrived("in", lane, text, row["at"])
                if first:
                    await self._answer(row["conversation"], lane, own_words(text))

    async def _answer(self, conversation: str, lane: str, about: str) -> None:
        for _ in range(answers_to(self._seed, about)):
            text = self._numbered(lane, "out")
            self._attempted(await self._world.say(conversation, text), lane, text, "out")

    def _lane(self, place: str, customer: str) -> str:
        """Where something arrived; `place` is the number or integration."""
        return f"{self._at[place]}/{customer}"

    def _numbered(self, lane: str, way: str) -> str:
        key = f"{lane} {way}"
        self._serial[key] = self._serial.get(key, -1) + 1
        return f"{key} #{self._serial[key]}"

    def _attempted(self, id_: str, lane: str, text: str, way: Way = "in") -> None:
        self._said.add(text)
        self.history.add(Record("attempted", time.time(), way, lane, text, id_))

    def _arrived(self, way: Way, lane: str, text: str, at: float) -> None:
        self._there.add(own_words(text))
        self.history.add(Record("arrived", at, way, lane, text))

    def _answered(self, hook: Mapping[str, Any]) -> None:
        tries, op = hook["attempts"], _OPS[hook["state"]]
        begun, ended = (tries[0]["at"], tries[-1]["at"] + tries[-1]["seconds"]) if tries else (0.0, 0.0)
        for id_ in ids_in(hook):
            self.history.add(Record(op, ended, id=id_, begun=begun))


def ids_in(hook: Mapping[str, Any]) -> Iterator[str]:
    """Of the messages that a webhook brings."""
    body = json.loads(hook["body"])
    if hook["side"] == "cloud":
        if body.get("direction") == "Outbound" and body.get("type") != "Event":
            yield body["id"]
        return
    for entry in body["entry"]:
        for change in entry["changes"]:
            yield from (message["id"] for message in change["value"].get("messages", ()))


def picture(about: str) -> bytes:
    """A small one, and for each text another: equal files are stored once."""
    colour = random.Random(about).randbytes(3)
    made = BytesIO()
    Image.new("RGB", (8, 8), tuple(colour)).save(made, "PNG")
    return made.getvalue()
