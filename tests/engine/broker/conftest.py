"""Both twins, each as something that several processes can open one after another."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from tests.servers import RabbitMQ as Server
from xyper_engine.broker import open_broker
from xyper_engine.broker.journal import Journal
from xyper_engine.broker.port import Broker
from xyper_engine.broker.rabbitmq import RabbitMQ
from xyper_engine.settings import load

ROOT = Path(__file__).parents[3]


@dataclass
class Twin:
    """One broker's storage. Each `open` is another process as far as the broker can tell."""

    url: str
    prefix: str
    folder: Path
    _count: Iterator[int]

    @property
    def is_journal(self) -> bool:
        return self.url == "journal:"

    def settings_file(self) -> Path:
        """Settings of one more process; only the journal's processes share their folder."""
        number = 0 if self.is_journal else next(self._count)
        file = self.folder / f"xyper{number}.toml"
        file.write_text(
            f'data_dir = "{self.folder / f"var{number}"}"\n[broker]\nurl = "{self.url}"\nprefix = "{self.prefix}"\n'
        )
        return file

    def open(self) -> AbstractAsyncContextManager[Broker]:
        return open_broker(load(self.settings_file()))

    @asynccontextmanager
    async def limited(self, deliveries: int) -> AsyncIterator[Broker]:
        """The bare broker, with another delivery limit than the real one."""
        broker: Broker
        if self.is_journal:
            broker = await Journal.open(self.folder / "journal", 1 << 30, delivery_limit=deliveries)
        else:
            broker = await RabbitMQ.open(self.url, prefix=self.prefix, timeout=5, delivery_limit=deliveries)
        try:
            yield broker
        finally:
            await broker.close()


Process = asyncio.subprocess.Process
Start = Callable[..., AbstractAsyncContextManager[Process]]


@asynccontextmanager
async def start(verb: str, file: Path, *arguments: object) -> AsyncIterator[Process]:
    """A process of `tests.engine.broker.process`; killed in the end."""
    command = [sys.executable, "-m", "tests.engine.broker.process", verb, str(file), *map(str, arguments)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture(params=["journal", pytest.param("rabbitmq", marks=pytest.mark.real)])
def twin(request: pytest.FixtureRequest, tmp_path: Path) -> Twin:
    if request.param == "journal":
        return Twin("journal:", "t.", tmp_path, count())
    server: Server = request.getfixturevalue("rabbitmq_server")
    return Twin(server.url, f"{tmp_path.name}.", tmp_path, count())
