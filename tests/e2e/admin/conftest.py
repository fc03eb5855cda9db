"""One demo and one Chromium for all of the dashboard's browser tests."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.e2e.admin.ground import Ground
from tests.e2e.stage import chromium, demo
from tests.e2e.widget.conftest import ENOUGH
from tests.e2e.widget.ground import ARRIVES
from xyper_engine.demo import kept
from xyper_engine.testing import FarSide


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """With a second tenant that has yet to be onboarded, and an administrator of Xyper."""
    folder: Path = tmp_path_factory.mktemp("admin") / "var"
    limits = {f"XYPER_LIMITS__{name}": ENOUGH for name in ("ADDRESS", "PERSON", "KEY", "TENANT", "SIGN_IN", "REFUSED")}
    async with FarSide() as far, aiohttp.ClientSession() as http:
        hosts = {"XYPER_ALERTS__HOSTS": json.dumps([far.url])}
        async with demo(folder, "--newcomer", **limits, **hosts) as sim:
            password = kept(folder / "demo.json")["admin_password"]
            yield Ground(sim, f"http://localhost:{urlsplit(sim).port}", http, password, folder, far)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=ARRIVES)
    async with chromium() as started:
        yield started
