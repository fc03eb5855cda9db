"""`python -m tests.bench.media`: a file through the media store, relative to a plain copy of the same bytes.

    plain copy       read a file and write another, in the chunks a download has
    keep             hash, sniff and store what streams in, and note it in PostgreSQL
    serve            fetch it by its signed link over HTTP on the loopback

Medians of interleaved rounds, on the folder and on a real S3 server.
"""

import argparse
import asyncio
import os
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import uvloop
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests import servers
from xyper_engine.edge.server import public_app
from xyper_engine.parts import MediaKind
from xyper_engine.plugins import load
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.settings import Settings
from xyper_engine.state.files import Owner

MEBI = 1024 * 1024
CHUNK = 64 * 1024
OWNER = Owner("bench", "bench/1/1", 0, "tel:+1", MediaKind.document)


@dataclass(frozen=True)
class Ground:
    rt: Runtime
    http: TestClient[web.Request, web.Application]
    source: Path
    copy: Path


async def figures(database: str, media: str, mebi: int = 64, rounds: int = 5) -> Mapping[str, float]:
    """Bytes a second relative to the plain copy's, by what was done; and `rss_mb`, how much memory it took at most."""
    async with _ground(database, media, mebi) as ground:
        taken: dict[str, list[float]] = {}
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for n in range(rounds):
            for name, action in (("copy", _copy), ("keep", _keep), ("serve", _serve)):
                taken.setdefault(name, []).append(await _timed(action, ground, n))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    medians = {name: median(times) for name, times in taken.items()}
    ratios = {name: medians["copy"] / medians[name] for name in ("keep", "serve")}
    return {"copy_mb_s": mebi / medians["copy"], **ratios, "rss_mb": grown}


@asynccontextmanager
async def _ground(database: str, media: str, mebi: int) -> AsyncIterator[Ground]:
    with tempfile.TemporaryDirectory(prefix="xyper-bench-") as folder:
        place = Path(folder)
        with (place / "source").open("wb") as file:
            for _ in range(mebi):
                file.write(os.urandom(MEBI))
        settings = Settings.model_validate(
            {"data_dir": place / "var", "database": {"url": database}, "media": {"url": media}}
        )
        async with open_runtime(settings) as rt:
            await rt.db.execute("insert into tenants (id, name) values ('bench', 'Bench') on conflict do nothing")
            async with TestClient(TestServer(public_app(rt, load(settings)))) as http:
                yield Ground(rt, http, place / "source", place / "copy")


async def _timed(action: Callable[[Ground, int], Awaitable[None]], ground: Ground, n: int) -> float:
    started = time.perf_counter()
    await action(ground, n)
    return time.perf_counter() - started


async def _copy(ground: Ground, _n: int) -> None:
    with ground.source.open("rb") as source, ground.copy.open("wb") as target:
        while chunk := source.read(CHUNK):
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())


async def _keep(ground: Ground, n: int) -> None:
    await ground.rt.files.keep(replace(OWNER, n=n), _chunks(ground.source, n))


async def _serve(ground: Ground, n: int) -> None:
    address = ground.rt.files.link(replace(OWNER, n=n).file_id, "file")
    async with ground.http.get(address.removeprefix(ground.rt.settings.public_url)) as answer:
        async for _ in answer.content.iter_any():
            pass


async def _chunks(source: Path, n: int) -> AsyncIterator[bytes]:
    """The file's bytes, and one more, so that no two rounds keep the same."""
    yield bytes([n])
    with source.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


async def main(mebi: int, rounds: int) -> None:
    with servers.postgresql() as postgresql, servers.s3() as s3:
        for name, media in (("folder", "folder:"), ("S3", s3.url)):
            told = await figures(await postgresql.database(), media, mebi, rounds)
            ratios = f"keep {told['keep']:.2f}, serve {told['serve']:.2f} of it"
            print(f"{name}: plain copy {told['copy_mb_s']:,.0f} MiB/s; {ratios}; memory + {told['rss_mb']:.0f} MiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.media", description="Media throughput, as ratios.")
    parser.add_argument("--mebi", type=int, default=64, help="size of the file")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(given.mebi, given.rounds))
