"""`xyper check` against real servers: all four answer, or it says which of them refuses and why."""

import asyncio

import pytest

from tests import servers
from tests.engine.cli.process import Cli

pytestmark = pytest.mark.real

Urls = dict[str, str]


@pytest.fixture
def urls(
    rabbitmq_server: servers.RabbitMQ,
    redis_server: servers.Redis,
    postgresql_server: servers.PostgreSQL,
    s3_server: servers.S3,
) -> Urls:
    return {
        "XYPER_BROKER__URL": rabbitmq_server.url,
        "XYPER_CACHE__URL": redis_server.url,
        "XYPER_DATABASE__URL": asyncio.run(postgresql_server.database()),
        "XYPER_MEDIA__URL": s3_server.url,
    }


def test_all_four_answer(cli: Cli, urls: Urls) -> None:
    said = cli("check", "--json", **urls)
    assert [(line["part"], line["ok"]) for line in said.json if line["part"] != "tenants"] == [
        ("settings", True), ("broker", True), ("cache", True), ("media", True), ("database", True),
        ("secrets", True),
    ]  # fmt: skip
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize(
    ("variable", "right", "wrong", "part"),
    [
        ("XYPER_BROKER__URL", "guest:guest@", "guest:hush@", "broker"),
        ("XYPER_DATABASE__URL", "/t", "/no-such-", "database"),
        ("XYPER_MEDIA__URL", servers.S3.SECRET, "hush", "media"),
    ],
)
def test_one_that_refuses_is_named(cli: Cli, urls: Urls, variable: str, right: str, wrong: str, part: str) -> None:
    said = cli("check", "--json", **{**urls, variable: urls[variable].replace(right, wrong)})
    bad = [line for line in said.json if not line["ok"]]
    assert (said.code, said.err, [line["part"] for line in bad]) == (1, "", [part])
    assert f"[{part}]" in bad[0]["detail"] + bad[0]["what"]
    assert "hush" not in bad[0]["detail"]
    assert bad[0]["todo"]
