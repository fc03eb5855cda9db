"""Dead letters, as the vendor's refusals make them, and the tenant's own administrator, who reads what they say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser

from tests.e2e.admin.ground import TENANT, Dashboard, Ground, context, settled
from tests.e2e.stage import Watch
from tests.e2e.widget.ground import ARRIVES, Customer

WRONG = 131009
"""Meta's code of a message that it will never take."""


async def refuse(customer: Customer, *texts: str, code: int = WRONG) -> None:
    """An agent's messages that WhatsApp refuses for good."""
    fault: dict[str, Any] = {"status": 400, "code": code, "message": "no", "count": len(texts)}
    await customer.ground.call("POST", "knobs", {"side": "graph", "fail_next": [fault]})
    for text in texts:
        await customer.answer(text)


async def waiting(shown: Dashboard, number: int, tenant: str = TENANT) -> list[dict[str, Any]]:
    """The tenant's dead letters, once so many wait."""
    async with asyncio.timeout(ARRIVES / 1000):
        while True:
            told = await shown.api("GET", f"tenants/{tenant}/dead")
            letters: list[dict[str, Any]] = told["body"]["letters"]
            if len(letters) == number:
                return letters
            await asyncio.sleep(0.1)


@asynccontextmanager
async def administrator(browser: Browser, ground: Ground) -> AsyncIterator[Dashboard]:
    """The dashboard of somebody who administers the tenant in Genesys, and signs in there."""
    await ground.call("PUT", "cloud/people/gabi", {"name": "Gabi Admin", "roles": ["admin"]})
    async with context(browser) as made:
        page, watch = await made.new_page(), Watch(ground.ours)
        await page.goto(f"{ground.ours}/api/v1/auth/page/genesys?tenant={TENANT}")
        await page.get_by_role("button", name="Gabi Admin").click()
        await settled(page)
        await watch.over(page)
        yield Dashboard(ground, page, watch)
    assert watch == Watch(ground.ours), watch
