"""All figures of one bench, in one go."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Any

from tests.bench import gateway, media
from tests.bench.crowd import Crowd, crowd
from tests.bench.helper import rss_megabytes
from tests.bench.kinds import full_batch, kinds
from tests.bench.rounds import TENANT, Plan, opened
from tests.bench.stage import Engine
from tests.servers import S3, PostgreSQL, RabbitMQ, Redis
from xyper_engine.model import new_id


@dataclass(frozen=True)
class Size:
    plan: Plan
    crowd: Crowd


FULL = Size(Plan(), Crowd())
QUICK = Size(
    Plan(rounds=1, messages=200, customers=20, rate=400, rated=80), Crowd(tenants=6, seconds=1.0, rate=5.0, flood=20.0)
)


async def measure(
    size: Size, rabbitmq: RabbitMQ, postgres: PostgreSQL, redis: Redis | None = None, s3: S3 | None = None
) -> dict[str, Any]:
    """Rounds, the crowd, idle memory, kinds, a full batch, the gateway, media; less without `redis` and `s3`."""
    figures: dict[str, Any] = {"size": asdict(size)}
    async with opened(size.plan, rabbitmq, postgres) as bench:
        for _ in range(size.plan.rounds):
            await bench.round()
        figures["medians"] = bench.medians()
        figures["samples"] = bench.samples
    figures["ratios"] = _ratios(figures["medians"])
    figures["crowd"] = {"journal": await crowd(size.crowd, {}, postgres)}
    if size is FULL:
        figures["crowd"]["rabbitmq"] = await crowd(size.crowd, _broker(rabbitmq), postgres)
    figures["idle_rss_mb"] = {"embedded parts": await _idle({})}
    if redis and s3:
        real = {"cache": redis.url, "media": s3.url, "database": await postgres.database()}
        parts = {name: {"url": url} for name, url in real.items()}
        figures["idle_rss_mb"]["real parts"] = await _idle({"broker": _broker(rabbitmq), **parts})
    figures["kinds"] = kinds(50 if size is FULL else 2)
    figures["batch"] = await full_batch(size.plan.rounds)
    figures["gateway"] = await gateway.figures(postgres, 25 if size is FULL else 1)
    if s3:
        stores = {"folder": "folder:", "S3": s3.url}
        figures["media"] = {name: await media.figures(await postgres.database(), url) for name, url in stores.items()}
    return figures


def _broker(rabbitmq: RabbitMQ) -> dict[str, str]:
    return {"url": rabbitmq.url, "prefix": f"{new_id()}."}


def _ratios(medians: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Ours to the yardstick's, by broker: how many a second, and how little CPU each."""
    ratios: dict[str, dict[str, float]] = {}
    for broker in ("rabbitmq", "journal"):
        for name, ours, bare in (
            (f"b/a, {broker}", f"b edge, {broker}", "a bare handler"),
            (f"d/c, {broker}", f"d whole way, {broker}", "c bare pipeline"),
        ):
            rate = medians[ours]["rate"] / medians[bare]["rate"]
            ratios[name] = {"rate": rate, "cpu": medians[bare]["cpu_us"] / medians[ours]["cpu_us"]}
    return ratios


async def _idle(values: Mapping[str, Any]) -> float:
    """Resident memory of `xyper serve` with one tenant, after its first breath."""
    engine = Engine(values)
    async with AsyncExitStack() as stack:
        await engine.furnish([TENANT])
        await stack.enter_async_context(engine)
        return rss_megabytes(engine.pid)
