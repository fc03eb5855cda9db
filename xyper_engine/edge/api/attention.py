"""What needs attention: everything that somebody should look at, in one answer, the worst first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.edge.route import Call, Route, Told
from xyper_engine.model import now
from xyper_engine.runtime import Runtime
from xyper_engine.saying import Saying, sayings
from xyper_engine.state.attention import Attention, Counted, Item, Kind, Level, of_engines, of_traffic
from xyper_engine.state.pulses import PulseView, TrafficView

_MOST = 200
"""Items of one answer."""
_ORDER: tuple[Kind, ...] = (
    "engines", "part", "canary", "breaker", "check", "token", "queue", "unattended", "spool", "budget", "dead",
    "number", "template", "clock",
)  # fmt: skip
_PARTS = ("broker", "database", "cache", "media")


class ItemTold(Told):
    kind: Kind
    """`check`: a check of an account found something wrong; `token`: credentials expire; `breaker`: traffic to an
    account is paused; `queue`: a message has waited for too long; `unattended`: nobody consumes a queue; `dead`: dead
    letters of one cause; `template`, `number`: the vendor's verdict; `budget`: an error budget; the others are of the
    engines."""
    level: Level
    tenant: str | None
    name: str
    """The tenant's."""
    subject: str
    """The account, queue, server, template or cause it is about."""
    detail: str
    """What was found, in words of whoever looked."""
    todo: str
    """The next step, in words."""
    said: dict[str, Saying]
    """Both for other languages."""
    code: str
    """The step of a check, the vendor's code of dead letters, the status of a template, the quality of a number."""
    count: int
    """Messages, letters, failures; of an error budget the per cent that are left."""
    seconds: float
    """How long it has been waiting or paused; of clocks, how far they are apart."""
    since: datetime | None
    until: datetime | None


class CountTold(Told):
    count: int
    at: datetime | None


class SystemTold(Told):
    name: str
    """`broker`, `database`, `cache`, `media`, or a channel: `whatsapp`, `genesys`."""
    state: Literal["ok", "trouble", "unknown"]
    """`unknown`: no engine has told anything within a minute, or nothing was checked yet."""
    detail: str
    """What is wrong; "" where nothing is."""
    said: dict[str, Saying] = Field(default_factory=dict)
    """The same for other languages."""
    paused: int
    """Accounts to which traffic is paused."""
    wrong: int
    """Accounts of which a check found something wrong."""


class AttentionTold(Told):
    at: datetime
    items: tuple[ItemTold, ...]
    """Errors first."""
    more: int
    """Items that are left out."""
    dead: CountTold
    """Dead letters that wait, and since when the oldest does."""
    tokens: CountTold
    """Credentials that expire within two weeks, and when the next ones do."""
    oldest: float
    """Seconds for which the oldest message has been waiting; 0: none waits."""
    systems: tuple[SystemTold, ...]


class AttentionApi:
    def __init__(self, rt: Runtime) -> None:
        self._attention = Attention(rt.db)

    def routes(self) -> tuple[Route, ...]:
        read = Action.traffic_read
        return (
            Route("GET", "/api/v1/attention", read, self.read, "See what needs attention, everywhere you may look.",
                  answer=AttentionTold),
            Route("GET", "/api/v1/tenants/{tenant}/attention", read, self.read, "See what needs attention of a tenant.",
                  answer=AttentionTold),
        )  # fmt: skip

    async def read(self, call: Call) -> AttentionTold:
        """What the caller may not read otherwise is left out; of the engines those are told who see all tenants."""
        scope, may, found = call.scope, call.caller.may, self._attention
        engines = await found.engines() if scope is None else ()
        traffic = await found.traffic(scope, engines)
        checks = await found.checks(scope) if may(Action.onboarding_read) else []
        tokens = await found.tokens(scope) if may(Action.onboarding_read) else Counted(0, None)
        dead, letters = await found.dead(scope) if may(Action.dead_read) else (Counted(0, None), [])
        templates = await found.templates(scope) if may(Action.templates_read) else []
        budgets = await found.budgets(scope) if may(Action.statistics_read) else []
        whole = scope is None and may(Action.engines_read)
        own = list(of_engines(engines)) if whole else []
        items = sorted([*own, *of_traffic(traffic), *checks, *letters, *templates, *budgets], key=_worst_first)
        names = await found.names(scope, sorted({one.tenant for one in items[:_MOST] if one.tenant}))
        return AttentionTold(
            at=now(), items=tuple(_told(one, names) for one in items[:_MOST]), more=max(0, len(items) - _MOST),
            dead=CountTold(count=dead.count, at=dead.at), tokens=CountTold(count=tokens.count, at=tokens.at),
            oldest=max((queue.age for queue in traffic.queues), default=0.0),
            systems=(*_channels(traffic, checks), *(_servers(engines) if whole else ())),
        )  # fmt: skip


def _worst_first(item: Item) -> tuple[bool, int, str]:
    return item.level != "error", _ORDER.index(item.kind), item.tenant or ""


def _told(item: Item, names: Mapping[str, str]) -> ItemTold:
    facts = {name: getattr(item, name) for name in Item.__slots__}
    return ItemTold(**facts, name=names.get(item.tenant or "", ""))


def _channels(traffic: TrafficView, checks: Sequence[Item]) -> Sequence[SystemTold]:
    """Both vendors, as our own traffic and checks find them."""
    found = []
    for name in ("whatsapp", "genesys"):
        paused = [one for one in traffic.breakers if one.account.startswith(f"{name}/")]
        wrong = {one.subject for one in checks if one.kind == "check" and one.subject.startswith(f"{name}/")}
        state: Literal["ok", "trouble"] = "trouble" if paused or wrong else "ok"
        detail = paused[0].reason if paused else ""
        found.append(SystemTold(name=name, state=state, detail=detail, paused=len(paused), wrong=len(wrong)))
    return found


def _servers(engines: Sequence[PulseView]) -> Sequence[SystemTold]:
    found = []
    for name in _PARTS:
        states = [one.state(name) for one in engines if name in one.parts]
        wrong = [state for state in states if state != "ok"]
        state: Literal["ok", "trouble", "unknown"] = "trouble" if wrong else "ok" if states else "unknown"
        detail = wrong[0] if wrong else ""
        said = sayings(detail=detail)
        found.append(SystemTold(name=name, state=state, detail=detail, said=said, paused=0, wrong=len(wrong)))
    return found
