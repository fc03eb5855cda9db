"""`python -m tests.bench [--quick] [--json FILE]`: measure, print a table, write JSON."""

import argparse
import asyncio
from pathlib import Path

import orjson
import uvloop

from tests import servers
from tests.bench import report
from tests.bench.measure import FULL, QUICK, measure


async def main(quick: bool, out: Path | None) -> None:
    with servers.rabbitmq() as rabbitmq, servers.postgresql() as postgres, servers.redis() as redis, servers.s3() as s3:
        figures = await measure(QUICK if quick else FULL, rabbitmq, postgres, redis, s3)
    report.show(figures)
    if out:
        out.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="How fast Xyper is, as ratios.")
    parser.add_argument("--quick", action="store_true", help="one small round: does the bench still work?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(given.quick, given.json))
