"""The watchdog, in a process of its own each time: it ends what is stuck, says where, and lets the living live."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from xyper_engine import logs
from xyper_engine.watchdog import EXIT_CODE, guarding

ROOT = Path(__file__).parents[2]
SECRET = "the zebra is in the cellar"


async def _deep(kind: str) -> None:
    words = SECRET + kind
    if kind == "stuck":
        signal.pause()
    await asyncio.sleep(3.0, words)


async def _main(kind: str) -> None:
    logs.configure("info", "json")
    with guarding(1.0) as watchdog:
        waiting = asyncio.create_task(_deep("waits"), name="a task that waits")
        print("ready", flush=True)
        await asyncio.sleep(0.1)
        if kind == "bitten":
            watchdog.bite("Somebody said so.")
        await _deep(kind)
        await waiting


def begun(kind: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.test_watchdog", kind], cwd=ROOT, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ended(process: subprocess.Popen[str]) -> tuple[int, list[dict[str, Any]]]:
    _, said = process.communicate(timeout=60)
    assert SECRET not in said
    return process.returncode, [json.loads(line) for line in said.splitlines()]


@pytest.mark.parametrize(
    ("kind", "why"), [("stuck", "The event loop has stood still for 1 seconds."), ("bitten", "Somebody said so.")]
)
def test_what_is_stuck_ends_and_says_where_it_stood(kind: str, why: str) -> None:
    code, lines = ended(begun(kind))
    assert code == EXIT_CODE == 70
    assert (lines[0]["level"], lines[0]["reason"]) == ("critical", why)
    threads = {line["part"]: line["stack"] for line in lines if line["event"] == "a thread"}
    tasks = {line["part"]: line["stack"] for line in lines if line["event"] == "a task"}
    assert any("test_watchdog.py" in place and "_main" in place for place in threads["MainThread"])
    if kind == "stuck":
        assert threads["MainThread"][-1].endswith("_deep")
    [outer, *_] = tasks["a task that waits"]
    assert outer.startswith("engine/test_watchdog.py:")


def test_what_turns_lives() -> None:
    assert ended(begun("alive")) == (0, [])


def test_a_process_that_was_stopped_is_not_stuck() -> None:
    """SIGSTOP, or a machine that was suspended: the time in which it did not run does not count."""
    process = begun("alive")
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2.5)
    process.send_signal(signal.SIGCONT)
    assert ended(process) == (0, [])


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
