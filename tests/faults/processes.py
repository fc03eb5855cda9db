"""The engine and the simulators as processes of their own, so that one can be killed while the other remembers."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.secrecy import HEARD
from tests.world import eventually
from xyper_sim.settings import SimSettings

SCRIPTS = Path(sys.executable).parent


class Engine:
    """`xyper serve` on a fixed port, or what else `command` names."""

    def __init__(self, config: Path, address: str, log: Path) -> None:
        self._config = config
        self.log = log
        self.url = f"http://{address}"
        self.command: Sequence[str | Path] = (SCRIPTS / "xyper", "serve", "--config")
        self.environment: Mapping[str, str] = {}
        """Beside that of the tests, without their own settings."""
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it and wait until it answers."""
        await self.spawn()
        assert await eventually(self._answers, 60), self.tail()

    async def spawn(self) -> None:
        """Start it, whatever becomes of it."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command, self._config, stdout=log, stderr=log, env={**_clean(), **self.environment}
            )

    async def ended(self) -> int:
        """Its exit code, once it has ended by itself."""
        assert self._process is not None
        return await self._process.wait()

    async def answers(self) -> bool:
        """Once it does; False where it ends before."""
        assert self._process is not None
        process = self._process
        await eventually(lambda: self._alive(process), 60)
        return process.returncode is None

    async def kill(self) -> None:
        """SIGKILL: no last word."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM: in order."""
        await self._end(signal.SIGTERM)

    def tail(self) -> str:
        return self.log.read_text("utf-8", errors="replace")[-4000:]

    async def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()

    async def _alive(self, process: asyncio.subprocess.Process) -> bool:
        return process.returncode is not None or await self._answers()

    async def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, f"the engine ended: {self.tail()}"
        with contextlib.suppress(aiohttp.ClientError):
            async with aiohttp.ClientSession() as http, http.get(self.url + "/nothing") as answer:
                return answer.status == 404
        return False


@asynccontextmanager
async def engine(folder: Path, values: dict[str, Any], address: str) -> AsyncIterator[Engine]:
    """A started engine with these settings, stopped at the end."""
    config = written(values, folder / "engine.toml")
    one = Engine(config, address, folder / "engine.log")
    await one.start()
    try:
        yield one
    finally:
        await one.stop()
        HEARD.file(folder / "engine.log")


def written(values: dict[str, Any], file: Path) -> Path:
    """Settings as a file."""
    file.write_text(_toml(values), "utf-8")
    return file


@asynccontextmanager
async def simulators(folder: Path, settings: SimSettings) -> AsyncIterator[str]:
    """Both far sides in a process of their own; its address."""
    config = folder / "sim.json"
    config.write_text(json.dumps(_plain(settings)))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "xyper_sim", "--config", config, stdout=asyncio.subprocess.PIPE, env=_clean()
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    assert line.startswith("sim ready "), line
    try:
        yield line.split()[-1]
    finally:
        process.terminate()
        await process.wait()


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("XYPER_")}


def _plain(settings: SimSettings) -> Any:
    """As JSON with the secrets in clear: the other process needs them."""

    def revealed(value: object) -> object:
        return value.get_secret_value() if hasattr(value, "get_secret_value") else sorted(value)  # type: ignore[call-overload]

    return json.loads(json.dumps(settings.model_dump(by_alias=True), default=revealed))


def _toml(values: dict[str, Any], path: tuple[str, ...] = ()) -> str:
    """Nested tables as TOML: JSON's scalars and arrays are TOML's."""
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    lines = [f"[{'.'.join(path)}]"] if path and plain else []
    lines += [f"{key} = {json.dumps(value)}" for key, value in plain.items()]
    nested = [_toml(value, (*path, key)) for key, value in values.items() if isinstance(value, dict)]
    return "\n".join([*lines, *nested])
