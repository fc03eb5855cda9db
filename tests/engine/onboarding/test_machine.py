"""The machine: one process at a time, taken up where it was left; a failure is told in words and ends nothing else."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Configure
from tests.newcomer import NEW, ONE, Stage, stage, vendors
from tests.world import eventually
from xyper_engine.access.caller import Caller
from xyper_engine.errors import Conflict
from xyper_engine.model import Endpoint
from xyper_engine.onboarding import run
from xyper_engine.onboarding.desk import desk_of
from xyper_engine.onboarding.machine import Machine
from xyper_engine.state.onboardings import Onboardings, Wanted
from xyper_engine.store.lock import locked

NUMBER = f"whatsapp/{ONE.number}"


@pytest.fixture
def embedded(embedded_url: str) -> dict[str, Any]:
    return {"database": {"url": embedded_url}}


async def _ended(here: Stage) -> dict[str, Any]:
    """The steps by `account step`, once it has come to an end."""

    async def done() -> bool:
        return await here.state() != "running"

    assert await eventually(done), await here.ask("GET", "onboarding")
    _, told = await here.ask("GET", "onboarding")
    return {f"{one['account'].partition('/')[0]} {one['step']}": one for one in told["steps"]}


async def _until(here: Stage, step: str, state: str) -> None:
    async def there() -> bool:
        return bool((await here.steps())[step]["state"] == state)

    assert await eventually(there), await here.ask("GET", "onboarding")


async def test_what_fails_says_what_to_do_and_the_other_side_goes_on(
    configure: Configure, embedded: dict[str, Any]
) -> None:
    async with stage(configure, **embedded) as here:
        await here.world.call("PUT", f"/api/cloud/clients/{ONE.client}", {"client_secret": "another"})
        await here.run()
        steps = await _ended(here)
        token = steps["genesys token"]
        assert (token["state"], token["tries"]) == ("failed", 1)
        assert "refuses the OAuth client" in token["detail"]
        assert token["todo"]
        assert token["calls"][-1]["correlation"]
        assert {one["state"] for name, one in steps.items() if name.startswith("whatsapp") and one["step"] not in (
            "heard", "answered")} == {"done"}  # fmt: skip
        pending = {one["step"] for one in steps.values() if one["state"] == "pending"}
        assert pending == {
            "permissions", "integration", "created", "content", "typing", "flow", "widget", "sign_in", "heard",
            "answered",
        }  # fmt: skip
        assert await here.state() == "failed"
        await here.world.call("PUT", f"/api/cloud/clients/{ONE.client}", {"client_secret": f"secret-{ONE.n}"})
        await here.run()
        await _until(here, "heard", "running")
        assert (await here.steps())["number"]["tries"] == 1, "what was done is not done again"


async def test_one_step_alone_and_again(configure: Configure, embedded: dict[str, Any]) -> None:
    async with stage(configure, **embedded) as here:
        await here.run(account=NUMBER, step="number")
        steps = await _ended(here)
        assert [name for name, one in steps.items() if one["tries"]] == ["whatsapp number"]
        assert await here.state() == "waiting", "the others have yet to be done"
        await here.run(account=NUMBER, step="number")
        assert (await _ended(here))["whatsapp number"]["tries"] == 1
        await here.run(account=NUMBER, step="number", again=True)
        assert (await _ended(here))["whatsapp number"]["tries"] == 2


async def test_waiting_has_an_end_and_can_be_taken_up(configure: Configure, embedded: dict[str, Any]) -> None:
    sim = vendors(create_flow="")
    async with stage(configure, sim, onboarding={"wait": 0.1}, **embedded) as here:
        await here.run()
        steps = await _ended(here)
        assert await here.state() == "waiting"
        assert steps["genesys flow"]["state"] == steps["whatsapp heard"]["state"] == "waiting"
        assert "Architect" in steps["genesys flow"]["todo"]
        assert steps["whatsapp heard"]["todo"] == f"Write to {ONE.number} from a phone."
        assert steps["whatsapp answered"]["state"] == "pending"
        await here.world.write(ONE, "393331234567", "while nobody waited")
        await here.world.reached(1)
        [one] = await here.world.call("GET", "/api/cloud/integrations")
        await here.world.call("PUT", f"/api/cloud/integrations/{one['id']}", {"flow": "flow-1"})

        async def heard() -> bool:
            await here.run()
            return bool((await _ended(here))["whatsapp heard"]["state"] == "done")

        assert await eventually(heard)
        steps = await _ended(here)
        assert steps["genesys flow"]["state"] == "done"
        assert steps["whatsapp answered"]["todo"] == "Answer the customer's message as an agent."


async def test_a_round_trip_that_fails_says_why(configure: Configure, embedded: dict[str, Any]) -> None:
    async with stage(configure, **embedded) as here:
        await here.run()
        await _until(here, "heard", "running")
        await here.world.write(ONE, "393331234567", "hello")
        await _until(here, "answered", "running")
        await here.world.knobs("graph", fail_delivery=[131026])
        [chat] = await here.world.call("GET", "/api/cloud/conversations")
        await here.world.say(chat["id"], "never read")
        answered = (await _ended(here))["whatsapp answered"]
        assert answered["state"] == "failed"
        assert answered["detail"].startswith("It could not be delivered: 131026")
        assert answered["todo"]


async def test_only_one_process_at_a_time(configure: Configure, embedded: dict[str, Any]) -> None:
    async with stage(configure, **embedded) as here:
        await here.run()
        await _until(here, "heard", "running")
        other = Machine(here.engine.rt, here.engine.registry)
        assert await other.run(ONE.id) is False
        await here.run(account=NUMBER, step="number", again=True)
        assert await here.state() == "running", "what is asked for meanwhile comes after what runs"


async def test_a_run_whose_process_is_gone_is_taken_up(
    configure: Configure, embedded: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xyper_engine.onboarding.keeper.PATROL", 0.05)
    async with stage(configure, vendors(create_after=0.3), **embedded) as here:
        rt, book = here.engine.rt, Onboardings(here.engine.rt.db)
        async with locked(rt.db, f"xyper onboarding {ONE.id}") as lock:
            assert lock is not None
            await here.run()
            await asyncio.sleep(0.2)  # the engine has tried, and another process seems to be at it
            assert all(one["state"] == "pending" for one in (await here.steps()).values())
        await _until(here, "heard", "running")
        assert await book.open() == [ONE.id]


async def test_a_vendor_that_cannot_be_asked_is_no_failure(
    configure: Configure, embedded: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "UNKNOWN_PATIENCE", 0.0)
    async with stage(configure, **embedded) as here:
        await here.world.knobs("cloud", down=True)
        await here.run()
        token = (await _ended(here))["genesys token"]
        assert (token["state"], "nothing is known to be wrong" in token["todo"]) == ("unknown", True)
        assert await here.state() == "waiting"


async def test_an_id_that_belongs_to_another_tenant_is_refused(configure: Configure, embedded: dict[str, Any]) -> None:
    async with stage(configure, **embedded) as here:
        db = here.engine.rt.db
        await db.execute("insert into tenants (id, name) values ('other', 'Other')")
        await db.execute("insert into accounts (tenant, adapter, account) values ('other', 'genesys', 'theirs')")
        desk = await desk_of(here.engine.rt, Caller.host(), Endpoint(adapter="genesys", account=NEW))
        with pytest.raises(Conflict):
            await desk.name("theirs")
        assert await db.fetchval("select count(*) from accounts where account = $1", NEW) == 1


async def test_everything_of_an_account_goes_by_its_new_id(configure: Configure, embedded: dict[str, Any]) -> None:
    async with stage(configure, **embedded) as here:
        rt, old = here.engine.rt, Endpoint(adapter="genesys", account=NEW)
        desk = await desk_of(rt, Caller.host(), old)
        made = await desk.make_hook(secret=True)
        again = await desk.make_hook(secret=True)
        assert (again.url, again.hook.secrets) == (made.url, made.hook.secrets), "what is there is taken"
        await desk.name("given")
        new = Endpoint(adapter="genesys", account="given")

        async def known() -> bool:
            account, hook = await rt.directory.account(new), await rt.directory.hook("genesys", made.hook.id)
            [link] = await rt.directory.links(Endpoint(adapter="whatsapp", account=ONE.number))
            return (
                account is not None
                and account.secret("client_secret") == f"secret-{ONE.n}"
                and hook is not None
                and (hook.account, hook.secrets) == ("given", made.hook.secrets)
                and link.agent == new
                and await rt.directory.account(old) is None
            )

        assert await eventually(known)
        lines = await rt.db.fetch("select action, body from audit where tenant = $1 order by seq", ONE.id)
        assert [row["action"] for row in lines][-2:] == ["hook.add", "account.name"]
        secret = made.hook.secrets[0].get_secret_value()
        assert not [row for row in lines if secret in row["body"]]


async def test_what_is_not_there_cannot_be_run(configure: Configure, embedded: dict[str, Any]) -> None:
    async with stage(configure, **embedded) as here:
        refusals = {
            "step": ({"step": "dance"}, 404, f"genesys/{NEW} token"),
            "account": ({"account": "genesys/nobody"}, 404, "has no such step"),
            "field": ({"steps": ["token"]}, 422, "steps"),
        }
        for body, status, words in refusals.values():
            answered, told = await here.ask("POST", "onboarding/run", body)
            assert (answered, words in told["detail"]) == (status, True), told
        assert await Onboardings(here.engine.rt.db).open() == []


async def test_what_was_asked_for_is_audited(configure: Configure, embedded: dict[str, Any]) -> None:
    async with stage(configure, **embedded) as here:
        await here.run(account=NUMBER, step="number")
        await _ended(here)
        row = await here.engine.rt.db.fetchrow("select who, subject from audit where action = 'onboarding.run'")
        assert row is not None
        assert (row["subject"], len(row["who"])) == (f"tenant/{ONE.id}", 16)
        asked = await Onboardings(here.engine.rt.db).read(ONE.id)
        assert asked.wanted == Wanted(NUMBER, "number")
        assert (asked.by.kind, asked.by.id) == ("key", row["who"])
