"""Keeps the stored templates true: read at the start, by schedule, when a tenant is added, and when news says so."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from math import inf

from xyper_engine.ending import end
from xyper_engine.errors import Misconfigured, SendError, XyperError
from xyper_engine.model import Endpoint
from xyper_engine.runtime import Runtime
from xyper_engine.within import within
from xyper_whatsapp.from_wire import NAME
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.templates import Desk

FIRST, MOST = 5.0, 900.0
"""Seconds until a failed reading is tried again: at first, and at most."""
AT_ONCE = 4
"""Readings that run at the same time."""


class Keeper:
    """One per engine. Each WABA is read once, with the first of its numbers' tokens that Meta takes."""

    def __init__(self, rt: Runtime, settings: WhatsAppSettings) -> None:
        self._rt = rt
        self._every = settings.templates_every or inf
        self._desk = Desk(settings)
        self._due: dict[str, float] = {}
        """WABA → the loop's time of its next reading."""
        self._failures: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._few = asyncio.Semaphore(AT_ONCE)

    def want(self, waba: str) -> None:
        """Read this one anew, soon."""
        self._due[waba] = 0.0
        self._wake.set()

    async def run(self) -> None:
        """For as long as the engine runs; no failure ends it."""
        while True:
            self._wake.clear()
            pause = await self._safely()
            await within(pause, self._wake)

    async def watch(self) -> None:
        """A tenant that is added is read at once."""
        async for _ in self._rt.directory.changes():
            self._wake.set()

    async def _safely(self) -> float | None:
        try:
            return await self._round()
        except Exception as error:  # noqa: BLE001  told; nothing ends the keeping
            self._tell("", error)
            return FIRST

    async def _round(self) -> float | None:
        """Read what is due; seconds until something will be."""
        wabas = await self._rt.directory.parents(NAME)
        for waba in wabas:
            self._due.setdefault(waba, 0.0 if self._every < inf else inf)
        due = {waba: below for waba, below in wabas.items() if self._due[waba] <= _now()}
        async with asyncio.TaskGroup() as group:
            for waba, below in due.items():
                group.create_task(self._one(waba, below), name="whatsapp templates of one account")
        first = min((self._due[waba] for waba in wabas), default=inf)
        return None if first == inf else max(0.0, first - _now())

    async def _one(self, waba: str, below: Sequence[Endpoint]) -> None:
        async with self._few:
            self._due[waba] = _now() + self._every  # first: news that comes meanwhile asks for another reading
            try:
                await self._read(below)
            except Exception as error:  # noqa: BLE001  told below; nothing ends the keeping
                failures = self._failures[waba] = self._failures.get(waba, 0) + 1
                self._due[waba] = _now() + min(FIRST * 2 ** (failures - 1), MOST)
                self._tell(waba, error)
            else:
                self._failures.pop(waba, None)

    async def _read(self, below: Sequence[Endpoint]) -> None:
        """With the first number's token that Meta takes; where it takes none, the last one's refusal is raised."""
        refusal: SendError | None = None
        for endpoint in below:
            account = await self._rt.directory.account(endpoint)
            if account is None:  # removed just now
                continue
            try:
                count = await self._desk.sync(account, self._rt)
            except Misconfigured as error:
                refusal = error
                continue
            self._rt.log.info("templates read", task="templates", tenant=account.tenant, count=count)
            return
        if refusal is not None:
            raise refusal

    def _tell(self, waba: str, error: Exception) -> None:
        if isinstance(error, XyperError):
            self._rt.log.warning("templates not read", task="templates", account=waba, detail=str(error))
        else:
            self._rt.log.error("bug", task="templates", account=waba, exc_info=error)


@asynccontextmanager
async def keeping(rt: Runtime) -> AsyncIterator[None]:
    """A `Keeper` at work, known to the plugin's other hooks as `rt.shared["whatsapp"]`."""
    keeper = Keeper(rt, WhatsAppSettings.model_validate(rt.settings.plugins.get(NAME, {})))
    rt.shared[NAME] = keeper
    tasks = [
        asyncio.create_task(keeper.run(), name="whatsapp templates"),
        asyncio.create_task(keeper.watch(), name="whatsapp tenants"),
    ]
    try:
        yield
    finally:
        await end(*tasks)


def wanted(rt: Runtime, waba: str) -> None:
    """Have the templates of this WABA read anew; where no keeper runs (a short command) nothing happens."""
    keeper = rt.shared.get(NAME)
    if isinstance(keeper, Keeper):
        keeper.want(waba)


def _now() -> float:
    return asyncio.get_running_loop().time()
