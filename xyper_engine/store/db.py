"""The database as the rest of Xyper sees it: a pool, a tenant's view, notices; and one sentence for each trouble.

Every connection of the pool works as the role `xyper_engine`, whoever logs in, so row-level security binds even a
superuser's login; `tenant()` narrows it to `xyper_tenant`, which sees one tenant's rows. Only migrations run as the
login role itself. The role is a start-up setting, so neither `RESET ALL` nor a reconnect undoes it; a pooler between
here and the server must therefore keep sessions (PgBouncer: `pool_mode = session`), which notices need anyway.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import asyncpg
from asyncpg import Record
from asyncpg.pool import PoolConnectionProxy

from xyper_engine.errors import Malformed, OverQuota, SettingsError, Unavailable
from xyper_engine.metrics import Metrics
from xyper_engine.saying import Quoted, said
from xyper_engine.settings import Settings
from xyper_engine.store.address import is_embedded, without_password
from xyper_engine.store.connecting import COMMAND_TIMEOUT, CONNECT_TIMEOUT, connect, pool_of
from xyper_engine.store.embedded import running
from xyper_engine.store.listening import notices
from xyper_engine.store.migrate import migrate

if TYPE_CHECKING:
    from xyper_engine.store.connecting import Pool, Session

    Connection = PoolConnectionProxy[Record]

PAUSE = 0.5
"""Seconds for which a server that took no connection is left alone: an outage costs one caller a try, not each."""

_LOST = (
    OSError,  # also TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,  # the server we reached became a standby
)


_UNWRITABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError, UnicodeEncodeError)

_OVER_QUOTA = "XYQ01"
"""What our own triggers raise where a tenant has as much as it may; the message is theirs."""


class Database:
    """A pool of connections as `xyper_engine`. Whatever is lost on the way is an `Unavailable`; faults of SQL stay
    asyncpg's own errors. `jsonb` is Python objects both ways, `timestamptz` is aware datetimes in UTC."""

    def __init__(
        self, pool: "Pool", url: str, shown: str, migrated: tuple[str, ...] = (), metrics: Metrics | None = None
    ) -> None:
        self._pool = pool
        self._metrics = metrics or Metrics()
        self._url = url
        self.shown = shown
        """Where it is, for people: without the password."""
        self.migrated = migrated
        """Names of the migrations that this opening applied."""
        self._again_at = 0.0
        self._refusal: OSError | None = None

    async def fetch(self, sql: str, *args: object) -> list[Record]:
        async with self.connection() as connection:
            return await connection.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> Record | None:
        async with self.connection() as connection:
            return await connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> Any:
        async with self.connection() as connection:
            return await connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        """Returns the command's tag, e.g. `UPDATE 3`."""
        async with self.connection() as connection:
            return await connection.execute(sql, *args)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["Connection"]:
        """One connection for as long as needed. Leave no session state on it: settings and locks by transaction."""
        began = time.monotonic()
        with self._named():
            connection = await self._taken(began)
            had = time.monotonic()
            self._metrics.database_wait.observe(had - began)
            try:
                yield connection
            except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                if not _is_lost(connection, error):
                    raise
                raise ConnectionError(str(error)) from error
            finally:
                self._metrics.database.observe(time.monotonic() - had)
                await self._pool.release(connection)

    async def _taken(self, now: float) -> "Connection":
        """From the pool. Raises as asyncpg does; at once where the server has just refused a connection."""
        if self._refusal is not None and now < self._again_at:
            raise ConnectionError(str(self._refusal))
        try:
            connection = await self._pool.acquire(timeout=COMMAND_TIMEOUT)
        except TimeoutError:
            raise
        except OSError as error:
            self._again_at, self._refusal = now + PAUSE, error
            raise
        self._refusal = None
        return connection

    def connections(self) -> Mapping[str, int]:
        """Of the pool: those at work, those open and free, and how many there may be."""
        size, idle = self._pool.get_size(), self._pool.get_idle_size()
        return {"used": size - idle, "idle": idle, "most": self._pool.get_max_size()}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Connection"]:
        """A transaction that sees all tenants' rows."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def tenant(self, tenant: str) -> AsyncIterator["Connection"]:
        """A transaction that sees, and can write, this tenant's rows and no others, whatever its SQL says."""
        async with self.connection() as connection, connection.transaction():
            await connection.execute(
                "select set_config('role', 'xyper_tenant', true), set_config('xyper.tenant', $1, true)", tenant
            )
            yield connection

    @asynccontextmanager
    async def session(self) -> AsyncIterator["Session"]:
        """A connection beside the pool, for what lives as long as it does."""
        with self._named():
            connection = await connect(self._url, role="xyper_engine")
            self._refusal = None
            try:
                yield connection
            finally:
                with suppress(*_LOST, asyncpg.InterfaceError, asyncpg.InternalClientError):
                    await connection.close(timeout=1)

    @asynccontextmanager
    async def within(self, tenant: str | None) -> AsyncIterator["Connection"]:
        """A transaction that sees this tenant's rows and no others, as `tenant`; with None: everybody's."""
        async with self.transaction() if tenant is None else self.tenant(tenant) as connection:
            yield connection

    async def listen(self, channel: str) -> AsyncGenerator[str, None]:
        """Notices of a channel, on a connection of its own that comes back by itself.

        Yields "" each time listening begins, the first time and after every loss: what was told before that moment was
        not heard, so look at the whole. Never raises `Unavailable`.
        """
        pause = 0.1
        while True:
            with suppress(Unavailable, asyncpg.InterfaceError):
                async with self.session() as connection:
                    async for notice in notices(connection, channel):
                        pause = 0.1
                        yield notice
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def ping(self) -> None:
        """Raises `Unavailable`."""
        await self.execute("select 1")

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except _LOST as error:
            words = "[database] url: {server} does not answer ({error})."
            raise Unavailable(said("away.database", words, server=self.shown, error=Quoted(_brief(error)))) from error
        except _UNWRITABLE:
            raise Malformed("It holds a NUL or half a character, which the database has no place for.") from None
        except asyncpg.PostgresError as error:
            if error.sqlstate == _OVER_QUOTA:
                raise OverQuota(str(error)) from None
            raise
        except asyncpg.InterfaceError as error:
            if self._pool.is_closing():
                raise Unavailable(f"[database] url: {self.shown} is closed.") from error
            raise


@asynccontextmanager
async def open_database(settings: Settings, metrics: Metrics | None = None) -> AsyncIterator[Database]:
    """Start the embedded server if it is the one, migrate, open the pool; close in the mirror order.

    Raises `SettingsError` (wrong url, password, database, rights; schema of another version) or `Unavailable`.
    """
    async with AsyncExitStack() as stack:
        url = settings.database.url.get_secret_value()
        if is_embedded(settings):
            server = await stack.enter_async_context(running(settings.data_dir))
            url, shown = server.url, f"the embedded PostgreSQL in {settings.data_dir / 'postgres'}"
        else:
            shown = without_password(url)
        with _opening(shown):
            applied = await _migrated(url)
            pool = await stack.enter_async_context(pool_of(url, settings.database.pool))
        yield Database(pool, url, shown, applied, metrics)


async def _migrated(url: str) -> tuple[str, ...]:
    connection = await connect(url)
    try:
        return await migrate(connection)
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT)


def _is_lost(connection: "Connection", error: Exception) -> bool:
    """Whether asyncpg's "you use me wrongly" really means a connection that ended while we held it."""
    if isinstance(error, asyncpg.InternalClientError):  # the server's farewell came where an answer was due
        with suppress(asyncpg.InterfaceError):
            connection.terminate()
        return True
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool took it back, as it does with what is closed
        return True


@contextmanager
def _opening(shown: str) -> Iterator[None]:
    try:
        yield
    except asyncpg.InvalidAuthorizationSpecificationError:
        raise SettingsError(f"[database] url: {shown} refuses the user or the password: check both.") from None
    except asyncpg.InvalidCatalogNameError:
        raise SettingsError(
            f"[database] url: {shown}: the server has no database of that name; create it first."
        ) from None
    except asyncpg.InsufficientPrivilegeError as error:
        raise SettingsError(
            f"[database] url: the user of {shown} may not do what a migration needs: {error}."
        ) from None
    except _LOST as error:
        raise Unavailable(
            f"[database] url: {shown} does not answer ({_brief(error)}): is the server running?"
        ) from error
    except (asyncpg.ClientConfigurationError, ValueError) as error:
        raise SettingsError(f"[database] url: {shown} cannot be read: {error}.") from None


def _brief(error: BaseException) -> str:
    return str(error).rstrip(".") or ("no answer in time" if isinstance(error, TimeoutError) else type(error).__name__)
