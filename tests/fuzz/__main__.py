"""`make fuzz`: more than 100,000 bodies.

Each adapter's reader is given what atheris finds, guided by which code it reaches, and real webhooks that were spoiled.
A running engine is given spoiled ones through its door, signed; what it takes it also carries to its end.
"""

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.bodies import CORPUS, known, spoiled
from tests.fuzz.reading import read
from tests.fuzz.stage import SIGNED, target

SHARES = {"guided": 0.5, "spoiled": 0.3, "door": 0.2}
AT_ONCE = 8


async def guided(name: str, bodies: int) -> int:
    """How many were tried; 0 where there is no atheris for this machine. What it finds ends everything, told by it."""
    if find_spec("atheris") is None:
        return 0
    with tempfile.TemporaryDirectory(prefix="xyper-fuzz-") as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fuzz.guided", name, str(bodies), folder,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        said = (await process.communicate())[0].decode(errors="replace")
    tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", said)
    if process.returncode or tried is None:
        raise SystemExit(said[-5000:])
    return int(tried[1])


def unguided(name: str, bodies: int, seed: int) -> int:
    dice = random.Random(seed)
    for _ in range(bodies):
        body = spoiled(name, dice)
        try:
            read(name, body)
        except Exception:
            print(f"{name}: {body!r}")
            raise
    return bodies


async def door(bodies: int, seed: int) -> tuple[int, dict[int | None, int], int]:
    """How many a running engine was given, what it answered, and by how many megabytes its memory grew."""
    dice, answers = random.Random(seed), dict[int | None, int]()
    async with target() as it:

        async def send(name: str) -> None:
            status = await it.status(SIGNED[name](spoiled(name, dice)), 60.0)
            assert status in (200, 400), status
            answers[status] = answers.get(status, 0) + 1

        for _ in range(bodies // AT_ONCE):
            await asyncio.gather(*(send(dice.choice(list(CORPUS))) for _ in range(AT_ONCE)))
        for name in CORPUS:
            for body in known(name).values():
                await it.status(SIGNED[name](body), 60.0)
        await it.unharmed()
        return sum(answers.values()), answers, it.peak - it.rested


def main(bodies: int, seed: int) -> None:
    began, total = time.monotonic(), 0
    print(f"seed {seed}")
    for name in CORPUS:
        some = asyncio.run(guided(name, int(bodies * SHARES["guided"] / 2)))
        others = unguided(name, int(bodies * SHARES["spoiled"] / 2) + (0 if some else bodies // 4), seed)
        total += some + others
        print(f"{name}: {some:,} bodies by atheris, {others:,} spoiled", flush=True)
    count, answers, grown = asyncio.run(door(int(bodies * SHARES["door"]), seed))
    print(f"through the door: {count:,} bodies, answers {answers}, memory + {grown} MB")
    print(f"{total + count:,} bodies in {time.monotonic() - began:.0f} s: only what was to be expected")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Bodies that nobody sends in good faith.")
    parser.add_argument("--bodies", type=int, default=120_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    main(given.bodies, given.seed)
