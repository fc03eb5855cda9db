"""How the engines are, for those who run Xyper; how a tenant's messages fare, for its own people."""

from datetime import datetime

from xyper_engine.access.roles import Action
from xyper_engine.edge.route import Call, Route, Told
from xyper_engine.model import now
from xyper_engine.runtime import Runtime
from xyper_engine.saying import Saying
from xyper_engine.state.pulses import Pulses, PulseView, TokenView, TrafficView, merged


class EngineTold(PulseView, Told):
    """One engine, as it told within the last minute."""


class HealthTold(Told):
    state: str
    """`ok`, `trouble`, or `silent` where no engine has told anything within a minute."""
    troubles: tuple[str, ...]
    """What a person should look at."""
    said: dict[str, Saying]
    """The same for other languages, by their place: `troubles.0`."""
    oldest: float
    """Seconds for which the oldest message of all has been waiting."""
    engines: tuple[EngineTold, ...]
    """The oldest first."""


class TrafficTold(TrafficView, Told):
    """Of one tenant."""

    oldest: float
    """Seconds for which its oldest message has been waiting; 0: none waits."""
    tokens: tuple[TokenView, ...]
    """Those of its access tokens that expire, the next one first."""
    at: datetime


class HealthApi:
    def __init__(self, rt: Runtime) -> None:
        self._pulses = Pulses(rt.db)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/api/v1/health", Action.engines_read, self.engines, "See how the engines are.",
                  answer=HealthTold),
            Route("GET", "/api/v1/tenants/{tenant}/health/traffic", Action.traffic_read, self.traffic,
                  "See what waits, and what is paused, of a tenant.", answer=TrafficTold),
        )  # fmt: skip

    async def engines(self, _call: Call) -> HealthTold:
        """Each tells every ten seconds. Nothing of it is of people; accounts and tenants are named."""
        found = await self._pulses.engines()
        every = {words: one.said.get(f"troubles.{kind}") for one in found for kind, words in one.troubles.items()}
        said = {f"troubles.{n}": saying for n, saying in enumerate(every.values()) if saying}
        ages = [queue.age for queue in merged(found).queues]
        engines = tuple(EngineTold.model_validate(one.model_dump()) for one in found)
        state = "silent" if not found else "trouble" if every else "ok"
        return HealthTold(state=state, troubles=tuple(every), said=said, oldest=max(ages, default=0.0), engines=engines)

    async def traffic(self, call: Call) -> TrafficTold:
        """As the engines told within the last minute: what is at rest is left out."""
        found, tokens = await self._pulses.of(call.tenant), await self._pulses.tokens(call.tenant)
        oldest = max((queue.age for queue in found.queues), default=0.0)
        return TrafficTold(queues=found.queues, breakers=found.breakers, oldest=oldest, tokens=tuple(tokens), at=now())
