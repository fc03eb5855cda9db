"""An engine that is killed in the middle of an onboarding takes it up when it is back, and makes nothing twice."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from tests.conftest import Configure
from tests.directory import add_operator_hook, put_tenant
from tests.faults import processes
from tests.newcomer import ONE, spec, vendors
from tests.server import free_port
from tests.world import APP_SECRET, OPERATOR, VERIFY, World, eventually, far_sides
from xyper_engine.access.caller import Caller
from xyper_engine.sealing import Sealer
from xyper_engine.state.onboardings import Onboardings, StepRow, Wanted
from xyper_engine.store.db import open_database

pytestmark = pytest.mark.faults


async def test_a_killed_onboarding_is_taken_up_where_it_was(configure: Configure, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    async with processes.simulators(tmp_path, vendors(create_after=600)) as url, aiohttp.ClientSession() as http:
        values: dict[str, Any] = {
            "data_dir": str(tmp_path / "var"),
            "server": {"listen": address, "internal": ""},
            "plugins": far_sides(url),
        }
        settings, world = configure(values), World(http, url)
        async with open_database(settings) as db:
            sealer, secrets = Sealer.from_settings(settings), ([SecretStr(APP_SECRET)], [SecretStr(VERIFY)])
            await add_operator_hook(db, sealer, "whatsapp", OPERATOR, *secrets)
            await put_tenant(db, sealer, spec())
            book = Onboardings(db)

            async def reached(step: str) -> StepRow | None:
                found = (await book.read(ONE.id)).steps
                return next((one for one in found if (one.step, one.state) == (step, "running")), None)

            async with processes.engine(tmp_path, values, address) as engine:
                await book.ask(Caller.host(), ONE.id, Wanted())
                assert await eventually(lambda: reached("created")), engine.tail()
                await engine.kill()
                [made] = await world.call("GET", "/api/cloud/integrations")
                await world.call("PUT", f"/api/cloud/integrations/{made['id']}", {"create_status": "Completed"})
                await engine.start()
                assert await eventually(lambda: reached("heard")), engine.tail()
                steps = (await book.read(ONE.id)).steps
                assert len(await world.call("GET", "/api/cloud/integrations")) == 1
                genesys = {one.step: one.tries for one in steps if one.account.adapter == "genesys"}
                assert (genesys["token"], genesys["integration"], genesys["created"]) == (1, 1, 2)
