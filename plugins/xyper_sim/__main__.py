"""`python -m xyper_sim --port 0 --config FILE`: the simulator in a process of its own.

It prints one line, `sim ready http://127.0.0.1:<port>`, when it serves, and ends on SIGINT or SIGTERM.
"""

import argparse
import asyncio
import json
import signal
import sys
import tomllib
from pathlib import Path
from typing import Any

import uvloop
from pydantic import ValidationError

from xyper_sim.server import Simulator
from xyper_sim.settings import SimSettings


def main() -> None:
    """Parse the arguments and serve."""
    parser = argparse.ArgumentParser(prog="xyper_sim", description="A simulated WhatsApp Cloud API and Genesys Cloud.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--config", type=Path, help="TOML or JSON: what [plugins.sim] holds")
    options = parser.parse_args()
    try:
        settings = SimSettings.model_validate(read(options.config) if options.config else {})
    except (OSError, ValueError) as error:
        parser.error(_in_words(options.config, error))
    uvloop.run(serve(settings, options.host, options.port))


def read(file: Path) -> dict[str, Any]:
    """The file's values; TOML by its name's ending, else JSON. Raises `OSError` or `ValueError`."""
    text = file.read_text("utf-8")
    values: dict[str, Any] = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    return values


async def serve(settings: SimSettings, host: str, port: int) -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    sim = Simulator(settings)
    try:
        sys.stdout.write(f"sim ready {await sim.start(host, port)}\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await sim.close()


def _in_words(file: Path, error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return f"{file} cannot be read: {error}"
    faults = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    return f"{file}: {'; '.join(faults)}"  # values are not shown, they may be secrets


if __name__ == "__main__":
    main()
