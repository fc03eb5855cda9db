"""Health: the same steps by schedule, each tenant by one engine; only the vendor's own word is an auth failure."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Configure
from tests.directory import put_tenant
from tests.newcomer import ONE, Stage, stage
from tests.world import eventually, simulated
from xyper_engine.abilities import Onboards
from xyper_engine.access.caller import Caller
from xyper_engine.model import Account, Endpoint
from xyper_engine.onboarding import attempt
from xyper_engine.onboarding.desk import Desk
from xyper_engine.onboarding.keeper import Keeper
from xyper_engine.sealing import Sealer
from xyper_engine.state.health import Checked, HealthBook, worst
from xyper_engine.steps import Finding, Step, Work
from xyper_engine.store.db import Database

OFTEN: dict[str, Any] = {"onboarding": {"check_every": 0.05}}


@pytest.fixture
async def here(configure: Configure, embedded_url: str) -> AsyncIterator[Stage]:
    """The tenant as it is once it is set up, checked all the time."""
    async with stage(configure, simulated([ONE]), database={"url": embedded_url}, **OFTEN) as here:
        rt = here.engine.rt
        await rt.db.execute("delete from links; delete from accounts where adapter = 'genesys'")
        await put_tenant(rt.db, Sealer.from_settings(rt.settings), ONE.spec())
        await here.world.connect([ONE], f"http://{here.engine.address}")
        yield here


async def _health(here: Stage, state: str) -> dict[str, Any]:
    """Once the tenant is said to be so, by all of its accounts: its checks by `adapter step`."""

    told: dict[str, Any] = {}

    async def so() -> bool:
        told.update((await here.ask("GET", "health"))[1])
        sides = {one["account"].partition("/")[0] for one in told["checks"]}
        return told["state"] == state and len(sides) == 2  # it was checked, too, while its accounts were being made

    assert await eventually(so), told
    assert told["checked_at"]
    return {f"{one['account'].partition('/')[0]} {one['step']}": one for one in told["checks"]}


async def test_all_is_well(here: Stage) -> None:
    found = await _health(here, "ok")
    assert {one["state"] for one in found.values()} == {"ok"}
    assert [*found][:4] == ["genesys token", "genesys permissions", "genesys integration", "genesys created"]
    number = found["whatsapp number"]
    assert (number["quality"], number["messaging_limit"]) == ("GREEN", "TIER_250")
    assert "installs it" in found["genesys widget"]["todo"], "what is not needed is a hint"
    assert await here.world.call("GET", "/api/cloud/violations") == []


@pytest.mark.parametrize(
    ("path", "change", "line", "words"),
    [
        (f"cloud/clients/{ONE.client}", {"client_secret": "x"}, "genesys token", "refuses the OAuth client"),
        (f"graph/numbers/{ONE.number}", {"access_token": "x"}, "whatsapp token", "invalid or expired"),
    ],
)
async def test_credentials_that_the_vendor_refuses(
    here: Stage, path: str, change: dict[str, str], line: str, words: str
) -> None:
    await _health(here, "ok")
    await here.world.call("PUT", f"/api/{path}", change)
    await here.world.call("DELETE", "/api/cloud/tokens")
    found = await _health(here, "wrong")
    assert (found[line]["auth"], words in found[line]["detail"], bool(found[line]["todo"])) == (True, True, True)
    assert [name for name, one in found.items() if one["auth"]] == [line]
    await _counted(here, 'xyper_tenants_health{state="wrong"} 1.0')


async def test_an_outage_is_no_auth_failure(here: Stage) -> None:
    await _health(here, "ok")
    await here.world.knobs("cloud", down=True)
    await here.world.knobs("graph", down=True)
    found = await _health(here, "unknown")
    assert not [one for one in found.values() if one["auth"] or one["state"] == "wrong"]


async def test_a_change_is_told_since_when(here: Stage) -> None:
    before = (await _health(here, "ok"))["whatsapp number"]

    async def again() -> bool:
        after = (await _health(here, "ok"))["whatsapp number"]
        return bool(after["checked_at"] > before["checked_at"] and after["since"] == before["since"])

    assert await eventually(again)


async def test_the_metrics_count_by_what_was_found(here: Stage) -> None:
    await _health(here, "ok")
    await _counted(here, 'xyper_health_checks_total{adapter="genesys",state="ok",step="token"}')
    await _counted(here, 'xyper_tenants_health{state="ok"} 1.0')


async def _counted(here: Stage, line: str) -> None:
    """Until the metrics have it: they follow what is stored."""

    async def there() -> bool:
        return line in here.engine.rt.metrics.text().decode()

    assert await eventually(there), here.engine.rt.metrics.text().decode()


async def test_before_the_first_check_nothing_is_known(configure: Configure, embedded_url: str) -> None:
    async with stage(configure, database={"url": embedded_url}) as here:
        assert (await here.ask("GET", "health"))[1] == {
            "tenant": ONE.id, "state": "unknown", "checked_at": None, "checks": [],
        }  # fmt: skip


async def test_each_tenant_is_due_once_however_many_engines_ask(db: Database) -> None:
    for n in range(20):
        await db.execute("insert into tenants (id, name) values ($1, '')", f"t{n}")
    await db.execute("insert into tenants (id, name, state) values ('asleep', '', 'suspended')")
    one, other = HealthBook(db), HealthBook(db)
    await one.enlist(1000.0)
    await other.enlist(1000.0)
    spread = await db.fetchrow("select min(due_at) - now() as first, max(due_at) - now() as last from health_rounds")
    assert spread is not None
    assert 90 < spread["first"].total_seconds() < spread["last"].total_seconds() <= 1000
    assert await one.claim(1000.0, 4) == []
    await db.execute("update health_rounds set due_at = now()")
    claimed = [*await one.claim(1000.0, 12), *await other.claim(1000.0, 12), *await one.claim(1000.0, 12)]
    assert sorted(claimed) == sorted(f"t{n}" for n in range(20))


def test_the_worst_counts() -> None:
    def lines(*states: Any) -> list[Checked]:
        return [Checked(Endpoint(adapter="a", account="1"), "s", state, "") for state in states]

    assert [worst(lines(*states)) for states in ((), ("ok",), ("ok", "unknown"), ("unknown", "wrong"))] == [
        "ok", "ok", "unknown", "wrong",
    ]  # fmt: skip


async def test_a_step_with_a_bug_ends_nothing(here: Stage) -> None:
    async def broken(work: Work) -> Finding:
        raise ZeroDivisionError

    account = Account(tenant=ONE.id, endpoint=Endpoint(adapter="whatsapp", account=ONE.number))
    found = await attempt.make(Step("s", "t", broken), Desk(here.engine.rt, Caller.host(), account))
    assert (found.state, found.auth) == ("unknown", False)


async def test_every_adapter_here_has_steps_with_names_of_their_own(here: Stage) -> None:
    for adapter in here.engine.registry.adapters.values():
        bare: object = adapter
        assert isinstance(bare, Onboards)
        names = [step.name for step in bare.steps]
        assert len(names) == len(set(names))


async def test_a_keeper_survives_a_database_that_is_away(here: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Keeper(here.engine.rt, here.engine.registry)

    async def away() -> bool:
        raise OSError("gone")

    assert await keeper._safely(away) is False
