"""`sql/schema.sql`: what the migrations add up to, for people to read; `python -m xyper_engine.store.schema` writes it.

It is a dump of a freshly migrated database without its comments and session settings. Nothing ever loads it, and a
test proves it equal to the migrations.
"""

import asyncio
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from xyper_engine.settings import root
from xyper_engine.store.embedded import running
from xyper_engine.store.migrate import migrate
from xyper_engine.store.place import programs

_HEADER = "-- What the migrations add up to. Written by `python -m xyper_engine.store.schema`; nothing loads it.\n\n"
_NOISE = re.compile(r"^(--.*|\\.*|SET .*|SELECT pg_catalog\.set_config.*)\n", re.MULTILINE)


def file() -> Path:
    return root() / "sql" / "schema.sql"


def dump(url: str) -> str:
    """The schema of the database at `url`, normalised: the same for every patch release of PostgreSQL."""
    # Which partitions there are depends on the day.
    partitions = ("--exclude-table=messages_*", "--exclude-table=traces_*")
    command = [str(programs() / "pg_dump"), "--schema-only", "--no-owner", *partitions, url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  our own programs
    return _HEADER + re.sub(r"\n{3,}", "\n\n", _NOISE.sub("", done.stdout)).strip() + "\n"


async def current() -> str:
    """The schema that the migration files make, by way of a server of its own."""
    with _passable_folder() as folder:
        async with running(folder) as server:
            connection = await asyncpg.connect(server.url)
            try:
                await migrate(connection)
            finally:
                await connection.close()
            return await asyncio.to_thread(dump, server.url)


@contextmanager
def _passable_folder() -> Iterator[Path]:
    """A temporary folder that `nobody` can pass through, should we be root."""
    with tempfile.TemporaryDirectory(prefix="xyper-schema-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


if __name__ == "__main__":
    file().write_text(asyncio.run(current()), "utf-8")
