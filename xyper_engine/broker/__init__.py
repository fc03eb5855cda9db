"""The broker: durable queues. RabbitMQ, or an embedded journal, behind the same small port."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from xyper_engine.broker.journal import Journal
from xyper_engine.broker.port import Broker
from xyper_engine.broker.rabbitmq import RabbitMQ
from xyper_engine.broker.spool import Spooled
from xyper_engine.errors import SettingsError
from xyper_engine.sealing import Cipher, Sealer
from xyper_engine.settings import Settings


@asynccontextmanager
async def open_broker(settings: Settings) -> AsyncIterator[Broker]:
    """The broker that `[broker] url` names. Raises `SettingsError`; `Unavailable` where its folder cannot be used.

    RabbitMQ may be away: until it comes, publishes wait in the spool.
    """
    url = settings.broker.url.get_secret_value()
    if url == "journal:":
        opened = _journal(settings)
    elif url.startswith(("amqp://", "amqps://")):
        opened = _rabbitmq(settings, url)
    else:
        raise SettingsError('[broker] url: neither "journal:" nor "amqp://user:password@host:5672/vhost".')
    async with opened as broker:
        yield broker


@asynccontextmanager
async def _journal(settings: Settings) -> AsyncIterator[Broker]:
    limit, deliveries = settings.broker.spool_limit, settings.broker.delivery_limit
    journal = await Journal.open(settings.data_dir / "journal", limit, deliveries, _ciphers(settings))
    try:
        yield journal
    finally:
        await journal.close()


def _ciphers(settings: Settings) -> Sequence[Cipher]:
    return Sealer.from_settings(settings).stores()


@asynccontextmanager
async def _rabbitmq(settings: Settings, url: str) -> AsyncIterator[Broker]:
    own = settings.broker
    spool = await Journal.open(settings.data_dir / "spool", own.spool_limit, None, _ciphers(settings), own.spool_age)
    try:
        rabbit = await RabbitMQ.open(
            url, prefix=own.prefix, timeout=own.publish_timeout, delivery_limit=own.delivery_limit
        )
    except BaseException:
        await spool.close()
        raise
    broker = await Spooled.open(rabbit, spool)
    try:
        yield broker
    finally:
        await broker.close()
