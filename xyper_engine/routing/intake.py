"""Intake: parsed items get their tenant and their queue. Used by the edge, and by replays of the unreadable.

What cannot be placed goes, raw, to `unparsed`, and never costs its neighbours.
"""

from base64 import b64encode
from collections.abc import Sequence

import orjson
from pydantic import Base64Bytes, BaseModel

from xyper_engine.broker import topology
from xyper_engine.broker.port import Outgoing
from xyper_engine.contract import Adapter, RawRequest, Unparsed
from xyper_engine.model import Account, AnyEvent, Endpoint, Hook, dump, new_id
from xyper_engine.plugins import Registry
from xyper_engine.routing.whole import outgoing
from xyper_engine.runtime import Runtime
from xyper_engine.tenants.registry import Directory


class Lost(BaseModel):
    """What the queue `unparsed` holds."""

    adapter: str
    hook: str
    reason: str
    origin: Endpoint | None = None
    raw: Base64Bytes


async def take_in(adapter: Adapter, request: RawRequest, hook: Hook, rt: Runtime, registry: Registry) -> list[Outgoing]:
    """What a webhook is published as: whole, where it holds one message only, else item by item.

    Raises `Malformed` or `Unavailable`.
    """
    later = registry.later.get(adapter.name)
    origin = later.sole(request) if later else None
    account = await rt.directory.account(origin) if origin else None
    if origin and account and not _misplaced(account, origin, hook):
        return [outgoing(request, hook, account.tenant, adapter.speaks)]
    return await place(adapter.parse(request), hook, rt.directory)


async def place(items: Sequence[AnyEvent | Unparsed], hook: Hook, directory: Directory) -> list[Outgoing]:
    """One thing to publish for each item, in the same order. Raises `Unavailable`."""
    placed, origin, account = [], None, None
    for item in items:
        if isinstance(item, Unparsed):
            placed.append(_lost(item, hook))
            continue
        if item.origin is not origin:  # all items of one change share it
            origin, account = item.origin, await directory.account(item.origin)
        placed.append(_placed(item, account, hook))
    return placed


def _placed(item: AnyEvent, account: Account | None, hook: Hook) -> Outgoing:
    wrong = _misplaced(account, item.origin, hook)
    if account is None or wrong:
        return _lost(Unparsed(raw=orjson.dumps(item.raw), reason=wrong, origin=item.origin), hook)
    return Outgoing(topology.queue_of(item, account.tenant), item.id, dump(item, tenant=account.tenant))


def _misplaced(account: Account | None, origin: Endpoint, hook: Hook) -> str:
    """Why this hook may not speak for this account; empty where it may."""
    if account is None:
        return f"no tenant owns {origin}"
    if hook.tenant not in (None, account.tenant):
        return f"{origin} belongs to another tenant than the hook"
    if hook.account not in (None, account.endpoint.account):
        return f"the hook serves {hook.account} only, not {origin}"
    return ""


def _lost(item: Unparsed, hook: Hook) -> Outgoing:
    lost = Lost(adapter=hook.adapter, hook=hook.id, reason=item.reason, origin=item.origin, raw=b64encode(item.raw))
    return Outgoing(topology.UNPARSED, new_id(), lost.model_dump_json().encode())
