"""`xyper stats`: a table for people, JSON for programs, and a sentence for what cannot be asked."""

import asyncpg
import pytest

from tests.engine.cli.process import Cli
from tests.servers import PostgreSQL

pytestmark = pytest.mark.real


@pytest.fixture
async def url(cli: Cli, postgresql_server: PostgreSQL) -> str:
    """A database in which something was counted today."""
    url = await postgresql_server.database()
    assert cli("migrate", XYPER_DATABASE__URL=url).code == 0
    connection = await asyncpg.connect(url)
    await connection.execute("insert into tenants (id, name) values ('acme', 'Acme')")
    await connection.execute(
        "insert into statistics_days select 'acme', m, now()::date, 'whatsapp/1', 'inbound', k, l, 3 "
        "from (values ('messages', '', 'delivered'), ('receipts', '', 'read'), ('queue', 'text', '1'), "
        "('latency', 'text', '1'), ('latency', 'image', '10')) as g(m, k, l)"
    )
    await connection.close()
    return url


async def test_it_is_told_to_people_and_to_programs(cli: Cli, url: str) -> None:
    [line] = cli("stats", "acme", "--json", XYPER_DATABASE__URL=url).json
    assert {name: line[name] for name in ("accepted", "posted", "read")} == {"accepted": 3, "posted": 3, "read": 3}
    shown = cli(
        "stats", "all", "messages", "--by", "total", "-g", "tenant", "-g", "number", XYPER_DATABASE__URL=url
    ).out
    assert all(word in shown for word in ("acme", "whatsapp/1", "delivered", "3"))
    [line] = cli("stats", "acme", "queue", "--by", "total", "--json", XYPER_DATABASE__URL=url).json
    assert (line["count"], line["p50"]) == (3, 0.75)
    [line] = cli("stats", "acme", "queue", "--by", "total", "-g", "kind", "--json", XYPER_DATABASE__URL=url).json
    assert (line["kind"], line["count"]) == ("text", 3)
    latency = ("stats", "acme", "latency", "--by", "total", "-g", "kind", "--json")
    by_kind = {line["kind"]: line["p50"] for line in cli(*latency, XYPER_DATABASE__URL=url).json}
    assert by_kind == {"text": 0.75, "image": 7.5}
    [line] = cli(*latency, "--kind", "image", XYPER_DATABASE__URL=url).json
    assert (line["kind"], line["count"]) == ("image", 3)
    assert "nothing was counted" in cli("stats", "acme", "prices", XYPER_DATABASE__URL=url).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody",), "no tenant nobody"),
        (("acme", "weather"), "ask for messages, funnel"),
        (("acme", "answers", "--kind", "text"), "kind: is not counted of answers"),
    ],
)
async def test_what_cannot_be_asked(cli: Cli, url: str, words: tuple[str, ...], said: str) -> None:
    answer = cli("stats", *words, XYPER_DATABASE__URL=url)
    assert (answer.code, said in answer.err) == (1, True)
