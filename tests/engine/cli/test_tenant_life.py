"""`xyper tenants`: a tenant's way to its end and back, and what was decided about it."""

import pytest
import pytest_asyncio

from tests.engine.cli.process import Cli
from tests.engine.cli.test_tenants import BETA, VARIABLES
from tests.servers import PostgreSQL
from xyper_engine.cli.tenant_decisions import pairs
from xyper_engine.errors import SettingsError

pytestmark = pytest.mark.real


@pytest_asyncio.fixture
async def beta(cli: Cli, postgresql_server: PostgreSQL) -> Cli:
    """A command line on a real PostgreSQL, with the tenant beta."""
    found = Cli(cli.folder, cli.config, {"XYPER_DATABASE__URL": await postgresql_server.database()})
    added = found(*BETA, **VARIABLES)
    assert added.code == 0, added.err
    return found


def states(cli: Cli, *more: str) -> list[str]:
    return [one["state"] for one in cli("tenants", "list", "--json", *more).json]


def test_suspended_deleted_and_resumed(beta: Cli) -> None:
    assert "is stored until `xyper tenants resume beta`" in beta("tenants", "suspend", "beta").out
    assert states(beta, "--state", "suspended", "--name", "BE") == ["suspended"]
    asked = beta("tenants", "delete", "beta")  # nobody is there to answer
    assert (asked.code, states(beta)) == (1, ["suspended"])
    deleted = beta("tenants", "delete", "beta", "--yes")
    assert "will be gone after 20" in deleted.out
    assert states(beta) == ["deleting"]
    again = beta("tenants", "suspend", "beta")
    assert (again.code, "is being deleted" in again.err) == (1, True)
    assert beta("tenants", "resume", "beta").out == "Tenant beta is active.\n"
    assert states(beta) == ["active"]


def test_what_was_decided_is_shown_and_changed(beta: Cli) -> None:
    assert "en" in beta("tenants", "policy", "beta").out
    changed = beta("tenants", "policy", "beta", "--set", "language=de", "--set", "ledger_days=31", "--json").json
    assert (changed["language"], changed["ledger_days"], changed["media_days"]) == ("de", 31, 365)
    wrong = beta("tenants", "policy", "beta", "--set", "langauge=de")
    assert (wrong.code, "langauge: Extra inputs" in wrong.err) == (1, True)
    quota = beta("tenants", "quota", "beta", "--set", "numbers=1", "--json").json
    assert (quota["quotas"]["numbers"], quota["usage"]["numbers"], quota["quotas"]["links"]) == (1, 1, None)
    wrong = beta("tenants", "quota", "beta", "--set", "numbers=many")
    assert (wrong.code, wrong.err.startswith("xyper: numbers: ")) == (1, True)
    chosen = beta("tenants", "plugins", "beta", "whatsapp", "--off", "whatsapp window", "--json").json
    assert chosen == [
        {
            "plugin": "whatsapp", "transformers": ["whatsapp template check", "whatsapp window"],
            "off": ["whatsapp window"], "settings": {},
        }
    ]  # fmt: skip
    assert "whatsapp window (off)" in beta("tenants", "plugins", "beta").out
    wrong = beta("tenants", "plugins", "beta", "whatsapp", "--off", "nothing")
    assert (wrong.code, "whatsapp has no transformer nothing; it has" in wrong.err) == (1, True)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("a=1", 1), ("a=de", "de"), ("a=true", True), ("a=none", None), ('a=["x"]', ["x"]), ("a=", ""), ("a=b=c", "b=c")],
)
def test_a_change_is_written_as_it_is_meant(written: str, meant: object) -> None:
    assert pairs([written]) == {"a": meant}


@pytest.mark.parametrize("written", ["a", "=1", ""])
def test_what_is_no_change_is_refused(written: str) -> None:
    with pytest.raises(SettingsError, match="must be written NAME=VALUE"):
        pairs([written])
