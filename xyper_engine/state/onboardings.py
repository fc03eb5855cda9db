"""How far each tenant's onboarding is: what was asked for, and every step with what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role
from xyper_engine.errors import NotFound
from xyper_engine.model import Endpoint
from xyper_engine.saying import again, sayings
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given

CHANNEL = "xyper_onboarding"
"""Notices name the tenant."""
State = Literal["running", "waiting", "failed", "done"]
StepState = Literal["pending", "running", "waiting", "unknown", "failed", "done"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be run: everything that is not done, or just what is named; `again` also what is done."""

    account: str = ""
    """`adapter/account`; "": all."""
    step: str = ""
    """Names of steps, with blanks between them; "": all."""
    again: bool = False

    def names(self, account: str, step: str) -> bool:
        return self.account in ("", account) and (not self.step or step in self.step.split())


@dataclass(frozen=True, slots=True)
class StepRow:
    account: Endpoint
    step: str
    title: str
    state: StepState
    detail: str = ""
    todo: str = ""
    calls: Sequence[Mapping[str, str]] = ()
    tries: int = 0
    began_at: datetime | None = None
    """When it was first tried."""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Onboarding:
    tenant: str
    state: State | None
    """None: nobody has asked for it yet."""
    asked: int = 0
    wanted: Wanted = field(default_factory=Wanted)
    by: Caller = field(default_factory=Caller.host)
    asked_at: datetime | None = None
    ended_at: datetime | None = None
    steps: Sequence[StepRow] = ()


class Onboardings:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def ask(self, by: Caller, tenant: str, wanted: Wanted) -> None:
        """Have it run: every engine hears of it. Raises `NotFound`."""
        who = {name: getattr(by, name) for name in ("kind", "id", "role", "tenant", "name", "address", "request_id")}
        async with self._db.tenant(tenant) as connection:
            if await connection.fetchval("select 1 from tenants") is None:
                raise NotFound(f"There is no tenant {tenant}.")
            await connection.execute(_ASK, tenant, asdict(wanted), who)
            await audit.write(connection, by, "onboarding.run", f"tenant/{tenant}", tenant, after=asdict(wanted))

    async def read(self, tenant: str) -> Onboarding:
        """As it is now. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            if await connection.fetchval("select 1 from tenants") is None:
                raise NotFound(f"There is no tenant {tenant}.")
            run = await connection.fetchrow("select * from onboardings")
            steps = await connection.fetch("select * from onboarding_steps order by place, adapter, account, step")
        return _onboarding(tenant, run, [_step(row) for row in steps])

    async def open(self) -> Sequence[str]:
        """Tenants whose onboarding was asked for and has not ended: under way somewhere, or left by a dead process."""
        rows = await self._db.fetch("select tenant from onboardings where state = 'running' order by tenant")
        return [row["tenant"] for row in rows]

    async def end(self, tenant: str, asked: int, state: State) -> bool:
        """False where something new was asked for meanwhile: then it goes on."""
        sql = "update onboardings set state = $3, ended_at = now() where (tenant, asked) = ($1, $2) returning true"
        return bool(await self._db.fetchval(sql, tenant, asked, state))

    async def plan(self, tenant: str, steps: Sequence[StepRow]) -> None:
        """These are its steps, in this order; those that are known keep what was found."""
        rows = [(one.account.adapter, one.account.account, one.step, one.title, n) for n, one in enumerate(steps)]
        async with self._db.tenant(tenant) as connection:
            await connection.execute(_FORGET, rows)
            await connection.execute(_PLAN, rows, tenant)

    async def begin(self, account: Endpoint, step: str, *, anew: bool) -> None:
        """It is being tried; since when first, `anew` forgets."""
        await self._db.execute(_BEGIN, account.adapter, account.account, step, anew)

    async def note(self, row: StepRow) -> None:
        """What was found."""
        said = sayings(detail=row.detail, todo=row.todo)
        at = row.account.adapter, row.account.account, row.step
        await self._db.execute(_NOTE, *at, row.state, row.detail, row.todo, list(row.calls), said)


def _onboarding(tenant: str, run: Any, steps: Sequence[StepRow]) -> Onboarding:
    if run is None:
        return Onboarding(tenant, None, steps=steps)
    by = Caller(**{**run["by"], "role": Role(run["by"]["role"])}, actions=frozenset())
    times = {"asked_at": run["asked_at"], "ended_at": run["ended_at"]}
    return Onboarding(tenant, run["state"], run["asked"], Wanted(**run["wanted"]), by, steps=steps, **times)


def _step(row: Any) -> StepRow:
    return StepRow(
        Endpoint(adapter=row["adapter"], account=row["account"]),
        *(row[name] for name in ("step", "title", "state")),
        *(again(row[name], row["said"].get(name)) for name in ("detail", "todo")),
        *(row[name] for name in ("calls", "tries", "began_at", "ended_at")),
    )


_ASK = """
insert into onboardings (tenant, wanted, by) values ($1, $2, $3)
on conflict (tenant) do update set
  (state, asked, wanted, by, asked_at, ended_at) = ('running', onboardings.asked + 1, $2, $3, now(), null)
"""

_FORGET = f"""
delete from onboarding_steps
where (adapter, account, step) not in (select * from {given("adapter text, account text, step text")} g)
"""  # noqa: S608  constants

_PLAN = f"""
insert into onboarding_steps (tenant, adapter, account, step, title, place)
select $2, g.* from {given("adapter text, account text, step text, title text, place smallint")} g
on conflict (adapter, account, step) do update set (title, place) = (excluded.title, excluded.place)
"""  # noqa: S608  constants

_BEGIN = """
update onboarding_steps set
  (state, tries, began_at, ended_at) =
  ('running', tries + 1, case when $4 then now() else coalesce(began_at, now()) end, null)
where (adapter, account, step) = ($1, $2, $3)
"""

_NOTE = """
update onboarding_steps set (state, detail, todo, calls, said, ended_at) =
  ($4, $5, $6, $7, $8, case when $4 = 'running' then null else now() end)
where (adapter, account, step) = ($1, $2, $3)
"""
