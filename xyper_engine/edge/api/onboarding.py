"""A tenant's onboarding, run and followed; and its health, which is the same steps looked at by schedule."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from xyper_engine.access.roles import Action
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.onboarding.office import OnboardingOffice
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.saying import Saying, sayings
from xyper_engine.state.health import Checked, worst
from xyper_engine.state.onboardings import Onboarding, StepRow, Wanted

_TENANT = "/api/v1/tenants/{tenant}"


class Run(Given):
    """What to run; `{}` is to go on with all that is not done."""

    account: str = Field("", max_length=200)
    """`adapter/account`; left out: all of the tenant's."""
    step: str = Field("", max_length=200)
    """A step's name, or several with blanks between them; left out: all."""
    again: bool = False
    """Also what is done."""


class CallTold(Told):
    what: str
    answer: str
    correlation: str
    """By which the vendor's support finds it."""


class StepTold(Told):
    account: str
    step: str
    title: str
    state: str
    """`pending`, `running`, `waiting`, `unknown` (the vendor could not be asked), `failed`, `done`."""
    detail: str
    todo: str
    """The next step, in words."""
    said: dict[str, Saying]
    """Both for other languages."""
    calls: tuple[CallTold, ...]
    tries: int
    began_at: datetime | None
    ended_at: datetime | None


class OnboardingTold(Told):
    tenant: str
    state: str
    """`new`, `running`, `waiting`, `failed`, `done`."""
    asked_at: datetime | None
    ended_at: datetime | None
    steps: tuple[StepTold, ...]


class CheckTold(Told):
    account: str
    step: str
    state: str
    """`ok`, `wrong`, or `unknown` where nobody could be asked."""
    auth: bool
    """True where the vendor itself says that the credentials do not hold."""
    detail: str
    todo: str
    said: dict[str, Saying]
    """Both for other languages."""
    correlation: str
    since: datetime | None
    checked_at: datetime | None
    quality: str
    """Of a number: the vendor's word for how its messages are received; "" of all else."""
    messaging_limit: str
    """Of a number: how many people it may write to first within a day, in the vendor's word (`TIER_2K`); "" of all
    else, and where it does not say."""


class HealthTold(Told):
    tenant: str
    state: str
    """The worst of all checks; `unknown` before the first."""
    checked_at: datetime | None
    checks: tuple[CheckTold, ...]


class OnboardingApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._office = OnboardingOffice(rt, registry)

    def routes(self) -> tuple[Route, ...]:
        read, run = Action.onboarding_read, Action.onboarding_run
        return (
            Route("GET", f"{_TENANT}/onboarding", read, self.read, "How far the onboarding is, step by step.",
                  answer=OnboardingTold),
            Route("POST", f"{_TENANT}/onboarding/run", run, self.run,
                  "Run what is not done, or what is named, in the background; follow it with GET.", body=Run,
                  answer=OnboardingTold, status=202),
            Route("GET", f"{_TENANT}/health", read, self.health, "What the last check of its accounts found.",
                  answer=HealthTold),
        )  # fmt: skip

    async def read(self, call: Call) -> OnboardingTold:
        return told(await self._office.read(call.tenant))

    async def run(self, call: Call) -> OnboardingTold:
        body: Run = call.body
        wanted = Wanted(body.account, body.step, body.again)
        return told(await self._office.ask(call.caller, call.tenant, wanted))

    async def health(self, call: Call) -> HealthTold:
        return told_health(call.tenant, *await self._office.health(call.tenant))


def told(found: Onboarding) -> OnboardingTold:
    """An onboarding as programs are told of it."""
    return OnboardingTold(
        tenant=found.tenant,
        state=found.state or "new",
        asked_at=found.asked_at,
        ended_at=found.ended_at,
        steps=tuple(map(_step, found.steps)),
    )


def told_health(tenant: str, checked_at: datetime | None, lines: Sequence[Checked]) -> HealthTold:
    """A tenant's health as programs are told of it."""
    state = worst(lines) if checked_at else "unknown"
    return HealthTold(tenant=tenant, state=state, checked_at=checked_at, checks=tuple(map(_check, lines)))


def _step(row: StepRow) -> StepTold:
    return StepTold(
        account=str(row.account),
        step=row.step,
        title=row.title,
        state=row.state,
        detail=row.detail,
        todo=row.todo,
        said=sayings(detail=row.detail, todo=row.todo),
        calls=tuple(CallTold.model_validate(call) for call in row.calls),
        tries=row.tries,
        began_at=row.began_at,
        ended_at=row.ended_at,
    )


def _check(line: Checked) -> CheckTold:
    return CheckTold(
        account=str(line.account),
        step=line.step,
        state=line.state,
        auth=line.auth,
        detail=line.detail,
        todo=line.todo,
        said=sayings(detail=line.detail, todo=line.todo),
        correlation=line.correlation,
        since=line.since,
        checked_at=line.checked_at,
        quality=line.quality,
        messaging_limit=line.messaging_limit,
    )
