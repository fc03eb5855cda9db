"""What the process holds open: one frozen struct, passed by hand.

`open_runtime(settings)` opens every part in order and closes them in the mirror order. No container, no module globals.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial

import aiohttp
import structlog

from xyper_engine import broker, cache, media
from xyper_engine.access.keys import ApiKeys
from xyper_engine.access.proving import Access
from xyper_engine.access.sign_on import SignOn
from xyper_engine.broker.port import Broker
from xyper_engine.cache.port import Cache
from xyper_engine.clocks import Clocks
from xyper_engine.keyring import Keyring
from xyper_engine.lags import Lags
from xyper_engine.logs import Once
from xyper_engine.media.convert import Workshop
from xyper_engine.media.port import MediaStore
from xyper_engine.media.scan import open_scanner
from xyper_engine.metrics import Metrics
from xyper_engine.sealing import Sealer
from xyper_engine.settings import Settings
from xyper_engine.spans import Spans
from xyper_engine.state.consents import Consents
from xyper_engine.state.contacts import Contacts
from xyper_engine.state.contexts import Contexts
from xyper_engine.state.conversations import Conversations
from xyper_engine.state.dead_letters import DeadLetters
from xyper_engine.state.details import Details
from xyper_engine.state.files import Files
from xyper_engine.state.ledger import Ledger
from xyper_engine.state.mapping import Mappings
from xyper_engine.state.messages import Messages
from xyper_engine.state.receipts import Receipts
from xyper_engine.state.sends import Sends
from xyper_engine.state.statistics import Statistics
from xyper_engine.state.templates import Templates
from xyper_engine.state.threads import Threads
from xyper_engine.state.tombstones import Tombstones
from xyper_engine.state.traces import Traces
from xyper_engine.state.waiting import Waiting
from xyper_engine.state.watchers import Watchers
from xyper_engine.store.db import Database, open_database
from xyper_engine.tenants.registry import Directory
from xyper_engine.tenants.uses import SecretUses

OpensDatabase = Callable[[Settings, Metrics], AbstractAsyncContextManager[Database]]


@dataclass(frozen=True, slots=True)
class Runtime:
    settings: Settings
    broker: Broker
    cache: Cache
    media: MediaStore
    db: Database
    directory: Directory
    """Tenants, accounts, links and hooks."""
    keyring: Keyring
    """What seals and opens at rest."""
    uses: SecretUses
    """When each secret was last of use."""
    access: Access
    """Who somebody is: people, sessions, tokens and those keys."""
    sign_on: SignOn
    """Signing in with somebody else's login."""
    ledger: Ledger
    receipts: Receipts
    dead_letters: DeadLetters
    contacts: Contacts
    consents: Consents
    """What people decided about being written to."""
    conversations: Conversations
    contexts: Contexts
    """What is known of a conversation beside its messages."""
    mapping: Mappings
    """Which conversation is meant, for whoever asks from beside a message's way."""
    threads: Threads
    messages: Messages
    files: Files
    details: Details
    """What pages need to know of files."""
    workshop: Workshop
    """Where files are converted."""
    templates: Templates
    waiting: Waiting
    sends: Sends
    """What agents send from the widget, until it is a message."""
    watchers: Watchers
    """Who looks at which conversation just now."""
    statistics: Statistics
    """What is counted."""
    traces: Traces
    """What happened to each message."""
    spans: Spans
    """The same, for a collector."""
    tombstones: Tombstones
    """Who was forgotten."""
    clocks: Clocks
    """Ours, against the far sides'."""
    http: aiohttp.ClientSession
    """For every call to a far side; each call names its own timeout."""
    metrics: Metrics
    log: structlog.typing.FilteringBoundLogger = field(default_factory=partial(structlog.get_logger, "xyper"))
    lags: Lags = field(default_factory=Lags)
    """How late vendors' webhooks come."""
    once: Once = field(default_factory=partial(Once, "xyper"))
    """For what is met again and again while a part is away."""
    shared: dict[str, object] = field(default_factory=dict)
    """What one plugin's hooks share with each other, by the plugin's name; the engine never looks inside."""

    @property
    def keys(self) -> ApiKeys:
        """With which programs prove themselves."""
        return self.access.keys


@asynccontextmanager
async def open_runtime(
    settings: Settings, *, given: Broker | None = None, database: OpensDatabase = open_database
) -> AsyncIterator[Runtime]:
    """Open every part; `given` stands in for the broker. Raises `Unavailable` or `SettingsError` naming the part."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        metrics = Metrics(settings.metrics.tenants)
        db = await enter(database(settings, metrics))
        cached = await enter(cache.open_cache(settings, metrics))
        store = await enter(media.open_media(settings))
        keyring = Keyring(db, Sealer.from_settings(settings))
        directory = await enter(Directory.open(db, cached, keyring))
        http = await enter(_client(clocks := Clocks()))
        spans = await enter(Spans.open(metrics, settings))
        mapping = await enter(Mappings.open(db, cached, keyring.sealer, directory.links, metrics))
        contacts = Contacts(db, keyring, mapping.moved)
        files, workshop = _files(settings, db, store, keyring.sealer), Workshop(settings.media)
        yield Runtime(
            settings=settings, db=db, cache=cached, media=store,
            broker=await enter(nullcontext(given) if given else broker.open_broker(settings)),
            directory=directory, keyring=keyring, uses=SecretUses(),
            access=await enter(Access.open(settings, db, keyring)),
            sign_on=SignOn.of(settings, db, keyring, http),
            ledger=Ledger(db), receipts=Receipts(db),
            dead_letters=DeadLetters(db, keyring, metrics),
            contacts=contacts,
            consents=Consents(db, contacts, keyring),
            conversations=Conversations(db),
            contexts=_contexts(settings, db, cached, keyring),
            mapping=mapping,
            threads=Threads(db),
            messages=Messages(db, keyring),
            files=files,
            details=await enter(Details.open(db, files, workshop)),
            workshop=workshop,
            templates=Templates(db),
            waiting=Waiting(db, keyring),
            sends=Sends(db, keyring),
            watchers=await enter(Watchers.open(cached)),
            statistics=await enter(Statistics.open(db)),
            spans=spans,
            traces=await enter(Traces.open(db, metrics, settings, spans)),
            tombstones=Tombstones(db, keyring, contacts),
            clocks=clocks, http=http, metrics=metrics,
        )  # fmt: skip


def _contexts(settings: Settings, db: Database, cached: Cache, keyring: Keyring) -> Contexts:
    kept = settings.conversations
    return Contexts(db, cached, keyring, size=kept.context_size, days=kept.context_days)


def _files(settings: Settings, db: Database, store: MediaStore, sealer: Sealer) -> Files:
    days, scanner = settings.media.link_days, open_scanner(settings)
    return Files(db, store, sealer, settings.public_url, link_days=days, scanner=scanner)


def _client(clocks: Clocks) -> aiohttp.ClientSession:
    # A pool without bound: how many calls run at once is the pacing's and the lanes' business, not the connector's.
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60, keepalive_timeout=30),
        cookie_jar=aiohttp.DummyCookieJar(),  # no far side may tell tenants apart, or mix them up, by a cookie
        timeout=aiohttp.ClientTimeout(total=30, connect=5),
        headers={"User-Agent": "xyper/1"},
        response_class=clocks.response_class(),
    )
