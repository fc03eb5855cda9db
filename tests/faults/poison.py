"""`python -m tests.faults.poison CONFIG`: the engine, with a plugin that a certain text kills at once."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from xyper_engine import engine, hookimpl, logs
from xyper_engine.contract import Target, Transformer
from xyper_engine.model import Direction, Message, Utterance
from xyper_engine.runtime import Runtime
from xyper_engine.settings import load

WORD = "poison"


class Fatal:
    """No exception, no last word: as a crash in a library of C."""

    name = "fatal"
    direction = Direction.inbound
    order = 50
    on_failure: ClassVar[str] = "stop"

    async def apply(self, event: Utterance, to: Target, rt: Runtime) -> Utterance:
        if isinstance(event, Message) and WORD in event.text:
            os.kill(os.getpid(), signal.SIGKILL)
        return event


class FatalPlugin:
    @hookimpl
    def xyper_transformers(self, settings: object) -> Iterable[Transformer]:
        return [Fatal()]


async def main(config: Path) -> None:
    settings, stop = load(config), asyncio.Event()
    logs.configure("info", "json")
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await engine.serve(settings, stop, extra={"fatal": FatalPlugin()})


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
