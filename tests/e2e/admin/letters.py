"""Dead letters, as the vendor's refusals make them."""

import asyncio
from typing import Any

from tests.e2e.admin.ground import TENANT, Dashboard
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
