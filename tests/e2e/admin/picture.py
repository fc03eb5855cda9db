"""`python -m tests.e2e.admin.picture`: takes the pictures of the dashboard in `docs/` anew, from a demo of its own."""

import asyncio
import math
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from playwright.async_api import Browser, Page, expect

from tests.e2e.admin.counted import NUMBERS, bury, came, database
from tests.e2e.admin.ground import TENANT, Dashboard, Ground, dashboard
from tests.e2e.stage import Scheme, chromium, demo
from tests.e2e.widget.ground import ARRIVES
from tests.e2e.widget.picture import DOCS, shoot
from xyper_engine.demo import kept
from xyper_engine.model import now
from xyper_engine.state.statistics import Series, Statistics

SIZE = (1240, 880)
DAYS = 9
FUNNEL = {"sent": 0.99, "delivered": 0.97, "read": 0.86, "failed": 0.03}


def hour(statistics: Statistics, at: datetime, many: int) -> None:
    """What so many messages of customers bring with them, and what agents answer."""
    event, said, number = came(at), round(many * 0.82), NUMBERS[at.hour % 2]
    told = {
        ("inbound", "messages", "text", "delivered"): many,
        ("inbound", "receipts", "text", "sent"): many,
        ("inbound", "latency", "text", "0.25"): many,
        ("outbound", "messages", "text", "delivered"): said,
        **{("outbound", "receipts", "text", step): round(said * share) for step, share in FUNNEL.items()},
        ("outbound", "failures", "", "131026"): round(said * 0.02),
        ("outbound", "failures", "", "131047"): round(said * 0.01),
        ("outbound", "latency", "text", "0.5"): said,
        ("outbound", "answers", "", "120"): round(said * 0.4),
    }
    for (direction, measure, kind, label), n in told.items():
        if n:
            statistics.count(event, Series(TENANT, number, direction, measure, kind, label), n=n)


async def counted(folder: Path) -> None:
    """Nine days as they go by in a contact centre: little at night, most before noon."""
    async with database(folder) as db:
        statistics, moment = Statistics(db), now()
        for hours in range(24 * DAYS):
            at = moment - timedelta(hours=hours)
            busy = max(0.0, math.sin((at.hour - 6) / 14 * math.pi)) if 6 <= at.hour <= 20 else 0.0
            hour(statistics, at, round(40 + busy * (700 if at.weekday() < 5 else 260) + hours * 37 % 60))
        await statistics.flush()


async def drawn(shown: Dashboard) -> Page:
    """Nothing is grey any more, and the chart has its lines."""
    page = shown.page
    await expect(page.locator(".shape, .shapes")).to_have_count(0, timeout=ARRIVES)
    await expect(page.locator("figure canvas, figure svg").first).to_be_visible(timeout=ARRIVES)
    return page


async def overview(browser: Browser, ground: Ground, scheme: Scheme, file: Path) -> None:
    async with dashboard(browser, ground, scheme=scheme, size=SIZE) as shown:
        await shoot(await drawn(shown), file)


async def statistics(browser: Browser, ground: Ground, file: Path) -> None:
    async with dashboard(browser, ground, f"statistics?tenant={TENANT}", size=(1240, 1500)) as shown:
        await shoot(await drawn(shown), file)


async def trace(browser: Browser, ground: Ground, file: Path) -> None:
    """Of a message that has gone all its way."""
    ada = await ground.customer("Ada Lindqvist", words="Hello, my parcel AB-2291 has not arrived yet.")
    await ada.answer("I am sorry to hear that: let me look.")
    wamid = await ada.phone_has("let me look")
    async with dashboard(browser, ground, f"trace?tenant={TENANT}", size=(1240, 900)) as shown:
        page = shown.page
        await page.get_by_label("Find a message").fill(wamid)
        await page.get_by_role("button", name="Search").click()
        await expect(page.locator("xy-trace ol li").nth(4)).to_be_visible(timeout=ARRIVES)
        await shoot(page, file)


async def take(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "var"
        async with demo(data, "--newcomer") as sim, aiohttp.ClientSession() as http, chromium() as browser:
            password = kept(data / "demo.json")["admin_password"]
            ground = Ground(sim, f"http://localhost:{urlsplit(sim).port}", http, password, data)
            await counted(data)
            await bury(data, TENANT, "rejected", "131026", 3)
            await overview(browser, ground, "light", folder / "dashboard.png")
            await overview(browser, ground, "dark", folder / "dashboard-dark.png")
            await statistics(browser, ground, folder / "dashboard-statistics.png")
            await trace(browser, ground, folder / "dashboard-trace.png")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    target.mkdir(exist_ok=True)
    asyncio.run(take(target))
