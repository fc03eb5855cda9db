"""An engine's public side behind https, with an administrator who has a password, and a browser of theirs."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Configure
from tests.engine.access.conftest import CHEAP, url
from tests.engine.edge.admin.browser import OURS, Browser, ada
from tests.engine.edge.front import Front, opened
from tests.engine.store.databases import embedded_server
from xyper_engine.access import proving
from xyper_engine.access.passwords import Passwords

__all__ = ["embedded_server", "url"]


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes a hash costly is tested elsewhere."""
    monkeypatch.setattr(proving, "Passwords", lambda: Passwords(CHEAP))


@pytest.fixture
async def front(configure: Configure, url: str) -> AsyncIterator[Front]:
    values = {"server": {"public_url": OURS}, "access": {"require_totp": False}}
    async with opened(configure, url, values) as found:
        await ada(found)
        yield found


@pytest.fixture
def browser(front: Front) -> Browser:
    return Browser(front)
