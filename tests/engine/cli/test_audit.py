"""`xyper audit` and `xyper check --audit`: read, exported, proved; what was touched is named."""

import json

import asyncpg
import pytest

from tests.engine.cli.process import Cli
from tests.servers import PostgreSQL

pytestmark = pytest.mark.real


@pytest.fixture
async def url(cli: Cli, postgresql_server: PostgreSQL) -> str:
    """A database in which two keys were made."""
    url = await postgresql_server.database()
    for name in ("one", "two"):
        assert cli("keys", "add", name, "--action", "audit:read", XYPER_DATABASE__URL=url).code == 0
    return url


async def test_it_is_listed_exported_and_proved(cli: Cli, url: str) -> None:
    listed = cli("audit", "list", "--json", XYPER_DATABASE__URL=url).json
    assert [line["action"] for line in listed] == ["key.add", "key.add"]
    assert "key.add" in cli("audit", "list", XYPER_DATABASE__URL=url).out
    exported = cli("audit", "export", XYPER_DATABASE__URL=url).out.splitlines()
    assert [json.loads(line)["seq"] for line in exported] == [1, 2]
    assert cli("audit", "export", "--format", "csv", XYPER_DATABASE__URL=url).out.startswith("chain,seq,")
    assert cli("audit", "verify", XYPER_DATABASE__URL=url).out == "✓ all 2 lines in 1 chains hold\n"
    assert cli("audit", "verify", "--json", XYPER_DATABASE__URL=url).json[0]["lines"] == 2


async def test_what_was_altered_is_named(cli: Cli, url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("update audit set who = 'nobody' where seq = 2")
    await connection.close()
    said = cli("audit", "verify", XYPER_DATABASE__URL=url)
    assert (said.code, "line 2 of what concerns no tenant" in said.err) == (1, True)
    checked = cli("check", "--audit", "--json", XYPER_DATABASE__URL=url)
    assert (checked.code, [line["what"] for line in checked.json if not line["ok"]]) == (
        1, ["line 2 of what concerns no tenant"],
    )  # fmt: skip
    assert cli("check", XYPER_DATABASE__URL=url).code == 0
