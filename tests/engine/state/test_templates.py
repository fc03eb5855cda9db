"""Stored templates: found in exactly one language, replaced as a whole, amended by news."""

import pytest

from tests.directory import add_tenant
from tests.engine.tenants.world import acme, sealer
from xyper_engine.state.templates import Templates
from xyper_engine.store.db import Database
from xyper_engine.template import ApprovedTemplate
from xyper_engine.tenants.spec import TenantSpec

HERE = ("whatsapp", "77")


@pytest.fixture
async def templates(db: Database) -> Templates:
    await add_tenant(db, sealer(), acme())
    await add_tenant(db, sealer(), TenantSpec(id="other", name="Other"))
    return Templates(db)


def one(name: str = "hello", language: str = "en", **changes: str) -> ApprovedTemplate:
    values = {"tenant": "acme", "adapter": "whatsapp", "account": "77", "id": f"{name}-{language}", **changes}
    return ApprovedTemplate(**values, name=name, language=language, components=({"type": "BODY", "text": "Hi {{1}}"},))


async def test_one_is_found_whole_and_in_its_language_only(templates: Templates) -> None:
    await templates.put(one())
    await templates.put(one(language="es"))
    assert await templates.find(*HERE, "hello", "en") == one()
    assert await templates.find(*HERE, "hello", "en_US") is None
    assert await templates.find("whatsapp", "78", "hello", "en") is None
    assert await templates.languages(*HERE, "hello") == ("en", "es")


async def test_whether_anything_is_known(templates: Templates) -> None:
    assert not await templates.known(*HERE)
    await templates.put(one())
    assert await templates.known(*HERE)
    assert not await templates.known("whatsapp", "78")


async def test_a_reading_replaces_all_of_an_account(templates: Templates) -> None:
    await templates.put(one("old"))
    await templates.put(one("elsewhere", account="78"))
    await templates.replace("acme", *HERE, [one("new"), one("new"), one("newer")])
    assert [found.name for found in await templates.list("acme")] == ["new", "newer", "elsewhere"]


async def test_a_reading_keeps_what_changed_since_it_began(templates: Templates) -> None:
    await templates.put(one("quiet"))
    await templates.put(one("noisy", status="APPROVED"))
    since = await templates.clock()
    assert await templates.amend(*HERE, "noisy", "en", status="PAUSED")
    await templates.replace("acme", *HERE, [one("noisy", status="APPROVED")], since)
    assert [(found.name, found.status) for found in await templates.list("acme")] == [("noisy", "PAUSED")]


async def test_nobody_amends_or_takes_anothers(templates: Templates) -> None:
    await templates.put(one(status="APPROVED"))
    await templates.put(one(tenant="other", status="DISABLED"))
    assert await templates.find(*HERE, "hello", "en") == one(status="APPROVED")
    assert not await templates.amend(*HERE, "unknown", "en", status="PAUSED")
    assert await templates.list("other") == []


async def test_one_is_forgotten_in_one_language_or_all(templates: Templates) -> None:
    for language in ("en", "es", "fr"):
        await templates.put(one(language=language))
    await templates.forget(*HERE, "hello", "es")
    assert await templates.languages(*HERE, "hello") == ("en", "fr")
    await templates.forget(*HERE, "hello")
    assert await templates.list("acme") == []
