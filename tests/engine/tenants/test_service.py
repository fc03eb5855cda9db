"""Onboarding: one transaction, no tenant in another's way, nothing shown that must not be."""

import hashlib
import re
from typing import Any

import pytest
from pydantic import ValidationError

from tests.directory import HOST, add_operator_hook, add_tenant, put_tenant, service
from tests.engine.tenants.world import DESK, HOOK_SECRETS, NUMBER, TOKEN, acme, keyring, sealer, secret
from xyper_engine.errors import Conflict, NotFound
from xyper_engine.sealing import Sealer
from xyper_engine.store.db import Database
from xyper_engine.tenants.reading import operator_hooks, show_tenant
from xyper_engine.tenants.spec import TenantSpec

EMPTY: dict[str, Any] = {"accounts": [], "links": [], "hooks": []}


async def test_a_tenant_is_added_whole(db: Database) -> None:
    assert await add_tenant(db, sealer(), acme()) == ("/hooks/genesys/acme-genesys",)
    shown = await show_tenant(db, sealer(), "acme")
    assert (shown.id, shown.name, shown.state) == ("acme", "Acme", "active")
    assert {view.endpoint for view in shown.accounts} == {NUMBER, DESK}
    assert [(view.customer, view.agent) for view in shown.links] == [(NUMBER, DESK)]
    assert [view.address for view in shown.hooks] == ["/hooks/genesys/acme-genesys"]
    assert [(line.id, line.accounts, line.links) for line in await service(db, sealer()).list(HOST)] == [("acme", 2, 1)]


async def test_secrets_are_shown_as_fingerprints_only(db: Database) -> None:
    await add_tenant(db, sealer(), acme())
    shown = await show_tenant(db, sealer(), "acme")
    text = shown.model_dump_json()
    assert not any(value in text for value in (TOKEN, *HOOK_SECRETS, "shake"))
    [token] = [one for view in shown.accounts for one in view.secrets]
    assert re.fullmatch("[0-9a-f]{8}", token.fingerprint)
    assert token.fingerprint != hashlib.sha256(TOKEN.encode()).hexdigest()[:8], "a guess cannot be tried against it"
    assert (token.state, token.used_at, token.retires_at) == ("current", None, None)
    assert len({one.fingerprint for one in shown.hooks[0].secrets}) == 3
    assert [view.name for view in shown.hooks[0].secrets] == ["secret", "secret", "verify_token"]
    lost = await show_tenant(db, Sealer([bytes(32)]), "acme")
    assert [view.fingerprint for view in lost.hooks[0].secrets] == ["", "", ""]


async def test_secrets_lie_sealed_in_the_database(db: Database) -> None:
    await add_tenant(db, sealer(), acme())
    rows = await db.fetch("select * from secrets")
    assert len(rows) == 4
    assert not any(value.encode() in row["sealed"] for row in rows for value in (TOKEN, *HOOK_SECRETS, "shake"))


async def test_putting_the_same_again_changes_nothing(db: Database) -> None:
    spec = acme(
        hooks=[{"adapter": "genesys", "account": "desk-1", "secrets": ["s"]}, {"adapter": "whatsapp", "secrets": ["t"]}]
    )
    addresses = await put_tenant(db, sealer(), spec)
    before = await show_tenant(db, sealer(), "acme")
    assert await put_tenant(db, sealer(), spec) == addresses
    assert await show_tenant(db, sealer(), "acme") == before
    assert len(set(addresses)) == 2
    assert all(len(address.rpartition("/")[2]) >= 32 for address in addresses)


async def test_putting_changes_what_is_mentioned_and_keeps_the_rest(db: Database) -> None:
    await add_tenant(db, sealer(), acme())
    before = await show_tenant(db, sealer(), "acme")
    number = {"adapter": "whatsapp", "account": "1001", "name": "Renamed"}
    await put_tenant(db, sealer(), acme(**(EMPTY | {"name": "New", "state": "suspended", "accounts": [number]})))
    after = await show_tenant(db, sealer(), "acme")
    assert (after.name, after.state, after.hooks, after.links) == ("New", "suspended", before.hooks, before.links)
    renamed = next(view for view in after.accounts if view.endpoint == NUMBER)
    assert (renamed.name, renamed.config) == ("Renamed", {})
    assert [view.name for view in renamed.secrets] == ["access_token"]


async def test_a_secret_is_changed_in_peace(db: Database) -> None:
    """First both are valid, then the new one; what stays keeps its age."""
    steps = [["old"], ["new", "old"], ["new"]]
    ages = []
    for secrets in steps:
        await put_tenant(db, sealer(), acme(hooks=[{"id": "h", "adapter": "whatsapp", "secrets": secrets}]))
        [hook] = (await show_tenant(db, sealer(), "acme")).hooks
        ages.append({view.fingerprint: view.created_at for view in hook.secrets})
        marks = (await keyring(db).cipher("acme")).fingerprint
        assert list(ages[-1]) == [marks(value) for value in secrets]
    assert ages[0].items() <= ages[1].items()
    assert ages[2].items() <= ages[1].items()


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        (
            {"accounts": [{"adapter": "whatsapp", "account": "1001"}]},
            Conflict,
            "Account whatsapp/1001 belongs to another tenant already.",
        ),
        (
            {"links": [{"customer": "whatsapp/1001", "agent": "genesys/desk-1"}]},
            NotFound,
            "Link whatsapp/1001 – genesys/desk-1: one of them is no account of tenant other.",
        ),
        (
            {"hooks": [{"id": "acme-genesys", "adapter": "genesys", "secrets": ["x"]}]},
            Conflict,
            "Hook acme-genesys exists already, for another tenant or another adapter.",
        ),
        (
            {"hooks": [{"adapter": "genesys", "account": "desk-1", "secrets": ["x"]}]},
            NotFound,
            "Hook: genesys/desk-1 is no account of tenant other.",
        ),
    ],
)
@pytest.mark.parametrize("put", [add_tenant, put_tenant])
async def test_what_is_someone_elses_is_refused_and_nothing_is_written(
    db: Database, put: Any, changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    await add_tenant(db, sealer(), acme())
    before = await show_tenant(db, sealer(), "acme")
    with pytest.raises(error) as caught:
        await put(db, sealer(), acme(**({"id": "other"} | EMPTY | changes)))
    assert str(caught.value) == words
    assert await show_tenant(db, sealer(), "acme") == before
    assert [line.id for line in await service(db, sealer()).list(HOST)] == ["acme"]


async def test_a_tenant_is_added_once(db: Database) -> None:
    await add_tenant(db, sealer(), acme())
    with pytest.raises(Conflict, match="Tenant acme exists already"):
        await add_tenant(db, sealer(), acme(name="Another"))


async def test_an_unknown_tenant_cannot_be_shown(db: Database) -> None:
    with pytest.raises(NotFound, match="There is no tenant nobody"):
        await show_tenant(db, sealer(), "nobody")


async def test_the_operators_hook_is_nobodys(db: Database) -> None:
    await add_tenant(db, sealer(), acme())
    assert (
        await add_operator_hook(db, sealer(), "whatsapp", "all", [secret("s")], [secret("v")]) == "/hooks/whatsapp/all"
    )
    await add_operator_hook(db, sealer(), "whatsapp", "all", [secret("s2"), secret("s")], [secret("v")])
    [hook] = await operator_hooks(db, sealer())
    assert [view.name for view in hook.secrets] == ["secret", "secret", "verify_token"]
    assert "all" not in {view.address for view in (await show_tenant(db, sealer(), "acme")).hooks}
    with pytest.raises(Conflict, match="Hook acme-genesys exists already"):
        await add_operator_hook(db, sealer(), "genesys", "acme-genesys", [secret("s")])


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "Not Allowed"},
        {"links": [{"customer": "whatsapp", "agent": "genesys/desk-1"}]},
        {"hooks": [{"adapter": "whatsapp", "secrets": []}]},
        {"hooks": [{"adapter": "whatsapp", "secrets": [""]}]},
        {"hooks": [{"id": "has/slash", "adapter": "whatsapp", "secrets": ["s"]}]},
        {"unknown": 1},
    ],
)
def test_a_malformed_spec_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TenantSpec.model_validate({"id": "a", "name": "A"} | wrong)
