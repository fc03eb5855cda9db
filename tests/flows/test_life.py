"""A tenant's whole life by the public API: created, onboarded, at work while each secret changes, deleted."""

from collections.abc import Mapping
from typing import Any

from tests.conftest import Configure
from tests.flows.traffic import Traffic
from tests.newcomer import MARIA, NEW, ONE, Stage, stage
from tests.world import APP, APP_SECRET, OPERATOR, eventually
from xyper_engine.routing.housekeeper import purge

HERE = f"/api/v1/tenants/{ONE.id}"
OURS = "/api/v1/hooks/secrets"
WRITTEN = {
    "id": ONE.id,
    "name": "Acme",
    "accounts": [
        {
            "adapter": "whatsapp",
            "account": ONE.number,
            "parent": f"waba-{ONE.n}",
            "secrets": {"access_token": f"token-{ONE.n}"},
        },
        {
            "adapter": "genesys",
            "account": NEW,
            "config": {"region": "sim", "client_id": ONE.client},
            "secrets": {"client_secret": f"secret-{ONE.n}"},
        },
    ],
    "links": [{"customer": f"whatsapp/{ONE.number}", "agent": f"genesys/{NEW}"}],
}


async def test_a_tenant_from_its_first_day_to_its_last(configure: Configure) -> None:
    async with stage(configure, tenants={"grace_days": 0}, furnished=False) as here:
        await _made(here, "POST", "/api/v1/tenants", WRITTEN)
        await _onboarded(here)
        await _every_secret_changed(here)
        await _suspended_and_resumed(here)
        await _deleted(here)


async def _made(here: Stage, method: str, path: str, body: object = None, **headers: str) -> Mapping[str, Any]:
    status, told = await here.call(method, path, body, headers)
    assert status in (200, 201, 202), told
    return dict(told)


async def _onboarded(here: Stage) -> None:
    async def came_to(step: str) -> bool:
        state: str = (await here.steps())[step]["state"]
        return state == "running"

    await here.run()
    assert await eventually(lambda: came_to("heard"))
    await here.world.write(ONE, MARIA, "Is anybody there?")
    assert await eventually(lambda: came_to("answered"))
    [chat] = await here.world.call("GET", "/api/cloud/conversations")
    await here.world.say(chat["id"], "Yes, we are.")

    async def done() -> bool:
        return await here.state() == "done"

    assert await eventually(done), await here.ask("GET", "onboarding")


async def _every_secret_changed(here: Stage) -> None:
    """Under traffic, of which not one message is refused."""
    world, traffic = here.world, Traffic(here.world, ONE)
    await traffic.flow()

    await world.call("PUT", f"/api/graph/numbers/{ONE.number}", {"further_tokens": ["new-token"]})
    await _rotated(here, f"{HERE}/secrets", f"account:whatsapp/{ONE.number}", "access_token", "new-token")
    await traffic.flow()
    await world.call("PUT", f"/api/graph/numbers/{ONE.number}", {"access_token": "new-token", "further_tokens": []})
    await traffic.flow()

    genesys = await _genesys(here)
    await world.call("PUT", f"/api/cloud/clients/{ONE.client}", {"client_secret": "new-secret"})
    await _rotated(here, f"{HERE}/secrets", f"account:{genesys}", "client_secret", "new-secret")
    await traffic.flow()

    [hook] = (await _made(here, "GET", f"{HERE}/hooks"))["hooks"]
    await _rotated(here, f"{HERE}/secrets", f"hook:{hook['id']}", "secret")
    await traffic.flow()

    await world.call("PUT", f"/api/graph/apps/{APP}", {"further_secrets": ["new-app-secret"]})
    await _rotated(here, OURS, f"hook:{OPERATOR}", "secret", "new-app-secret")
    await world.call("PUT", f"/api/graph/apps/{APP}", {"secret": "new-app-secret", "further_secrets": [APP_SECRET]})
    await _rotated(here, OURS, f"hook:{OPERATOR}", "verify_token")
    await traffic.flow()
    await traffic.end()


async def _genesys(here: Stage) -> str:
    accounts = (await _made(here, "GET", f"{HERE}/accounts"))["accounts"]
    return next(f"genesys/{one['account']}" for one in accounts if one["adapter"] == "genesys")


async def _rotated(here: Stage, path: str, owner: str, name: str, value: str = "") -> None:
    chosen = {"value": value} if value else {"generate": True}
    told = await _made(here, "POST", f"{path}/rotate", {"owner": owner, "name": name, **chosen})
    assert told["state"] == "current"


async def _suspended_and_resumed(here: Stage) -> None:
    """What is sent meanwhile waits, and arrives."""
    before = len(await here.world.reached(0))
    assert (await _made(here, "POST", f"{HERE}/suspend"))["state"] == "suspended"
    assert await eventually(lambda: _idle(here))
    await here.world.write(ONE, MARIA, "meanwhile")
    await here.world.settled()
    assert len(await here.world.reached(0)) == before
    assert (await _made(here, "POST", f"{HERE}/resume"))["state"] == "active"
    assert (await here.world.reached(before + 1))[-1]["body"]["text"] == "meanwhile"


async def _idle(here: Stage) -> bool:
    return (await here.engine.rt.broker.depth(f"in.{ONE.id}")).consumers == 0


async def _deleted(here: Stage) -> None:
    """The grace period is over at once; the housekeeper is not waited for."""
    _, told = await here.call("GET", HERE)
    status, problem = await here.call("DELETE", HERE)
    assert (status, "If-Match" in problem["detail"]) == (428, True)
    deleted = await _made(here, "DELETE", HERE, **{"If-Match": f'"{told["version"]}"'})
    assert deleted["state"] == "deleting"
    assert await eventually(lambda: _idle(here))
    await purge(here.engine.rt)
    assert (await here.call("GET", HERE))[0] == 404
    lines = (await _made(here, "GET", f"/api/v1/audit?subject=tenant/{ONE.id}"))["lines"]
    done = [line["action"] for line in lines]
    assert {"tenant.add", "tenant.suspend", "tenant.resume", "tenant.delete", "tenant.purge"} <= set(done), done
