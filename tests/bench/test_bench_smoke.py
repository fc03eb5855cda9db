"""The bench still runs: one small round of everything, with every message where it belongs."""

import pytest

from tests.bench import report
from tests.bench.measure import QUICK, measure
from tests.servers import PostgreSQL, RabbitMQ

pytestmark = pytest.mark.real


async def test_one_small_round(
    rabbitmq_server: RabbitMQ, postgresql_server: PostgreSQL, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = await measure(QUICK, rabbitmq_server, postgresql_server)
    report.show(figures)
    shown = capsys.readouterr().out
    assert all(f"d/c, {broker}" in shown for broker in ("rabbitmq", "journal"))
    assert figures["crowd"]["journal"]["ratio"] > 0
    assert figures["idle_rss_mb"]["embedded parts"] > 0
