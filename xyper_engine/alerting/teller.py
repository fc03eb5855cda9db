"""The teller: hands each channel what it is to be told, in order, and again where it was not taken."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson

from xyper_engine.alerting import mail, webhook
from xyper_engine.alerting.mail import Untold
from xyper_engine.alerting.words import letter
from xyper_engine.model import now
from xyper_engine.rounds import Round
from xyper_engine.runtime import Runtime
from xyper_engine.settings import Settings
from xyper_engine.state.alert_channels import Channel, ChannelBook, Post
from xyper_engine.within import within

PAUSE = 5.0
AT_ONCE = 20
"""Channels that are told at the same time."""
FIRST, MOST = 10.0, 3600.0
"""Seconds until the second try, and between two at the most."""


async def tell(settings: Settings, channel: Channel, id_: str, body: Mapping[str, Any]) -> str:
    """What the channel said, in words. Raises `Untold`."""
    target, seconds = channel.target, settings.alerts.timeout
    if channel.view.kind == "email":
        dashboard = f"{settings.public_url}/admin/alerts"
        return await mail.send(settings.smtp, letter(body, id_, settings.smtp.sender, target.to, dashboard), seconds)
    raw = orjson.dumps({"id": id_, "at": now(), "tenant": channel.tenant, **body}, option=orjson.OPT_UTC_Z)
    return await webhook.send(target.url, target.secret, id_, raw, settings.alerts.hosts, seconds)


class Teller:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._book = ChannelBook(rt.db, rt.keyring)
        self._hold = timedelta(seconds=rt.settings.alerts.hold)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something to tell."""
        self._woken.set()

    async def round(self) -> int:
        """Tell what is due; how much that was. Raises `Unavailable`."""
        claimed = await self._book.claim(AT_ONCE)
        await asyncio.gather(*(self._tell(post, channel) for post, channel in claimed))
        return len(claimed)

    async def always(self) -> None:
        found = 0
        while True:
            await self._rest(0.0 if found else PAUSE)
            found = 0
            with Round(self._rt, "alerts"):
                found = await self.round()

    async def _tell(self, post: Post, channel: Channel) -> None:
        try:
            await tell(self._rt.settings, channel, post.id, post.body)
        except Untold as error:
            again = None if now() - post.made_at > self._hold else _pause(post.tries)
            await self._book.failed(post, str(error), again)
            self._rt.log.warning("not told", task="alerts", channel=channel.view.id, tenant=channel.tenant,
                                 tries=post.tries, given_up=again is None)  # fmt: skip
        else:
            await self._book.told(post)

    async def _rest(self, seconds: float) -> None:
        if await within(seconds, self._woken):
            self._woken.clear()


def _pause(tries: int) -> timedelta:
    return timedelta(seconds=min(FIRST * 2.0 ** (tries - 1), MOST))
