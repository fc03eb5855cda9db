"""`python -m tests.bench.instructions [--messages N]`: what telling each message's story costs the engine, counted.

As `tracing.py`, but counted by valgrind's callgrind (Debian's package `valgrind`) instead of timed: two runs differ by
half a percent on whatever machine, where times differ by ten. What the database does for it is not in it.
"""

import argparse
import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence

import uvloop

from tests import servers
from tests.bench.stage import Engine
from tests.bench.tracing import FLUSHED, SILENT, Way, opened

_TOTAL = re.compile(r"^totals: (\d+)$", re.MULTILINE)


class Counted(Engine):
    """`xyper serve` under callgrind, which counts nothing until it is told to."""

    def command(self) -> Sequence[str]:
        where = f"--callgrind-out-file={self.folder / 'counted'}"
        return ("valgrind", "--tool=callgrind", "--instr-atstart=no", where, sys.executable, *super().command())

    def told(self, *what: str) -> None:
        subprocess.run(["callgrind_control", *what, str(self.pid)], check=True, capture_output=True)

    @property
    def total(self) -> int:
        """Instructions counted up to the last dump."""
        found = _TOTAL.search((self.folder / "counted.1").read_text())
        assert found, "callgrind told no total"
        return int(found[1])


async def instructions(way: Way, name: str, messages: int) -> float:
    """For a message, from its webhook to the far side."""
    engine = way.engines[name]
    assert isinstance(engine, Counted)
    await way.whole(name, max(messages // 3, 1), FLUSHED)  # its caches are warm from here on
    await asyncio.to_thread(engine.told, "--instr=on")
    await way.whole(name, messages, FLUSHED)
    await asyncio.to_thread(engine.told, "--instr=off")
    await asyncio.to_thread(engine.told, "--dump")
    return engine.total / messages


async def main(messages: int) -> None:
    with servers.postgresql() as postgres:
        async with opened(postgres, kind=Counted) as ways:
            silent = await instructions(ways[SILENT], SILENT, messages)
            traced = await instructions(ways["traces"], "traces", messages)
    print(f"instructions for a message: {silent:,.0f}, with its trace {traced:,.0f}, ratio {traced / silent:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.instructions", description="What tracing costs.")
    parser.add_argument("--messages", type=int, default=2000)
    if not shutil.which("valgrind"):
        sys.exit("There is no valgrind here: apt-get install valgrind")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(parser.parse_args().messages))
