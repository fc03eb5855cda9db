"""A webhook that holds one message and nothing else waits whole, as it came: whoever carries the message reads it.

So in a tenant's queue stands an event, or such a webhook behind a line that says what its bytes do not.
"""

from datetime import datetime

import orjson
import structlog
from pydantic import BaseModel

from xyper_engine.broker import topology
from xyper_engine.broker.port import Outgoing
from xyper_engine.contract import RawRequest, Unparsed
from xyper_engine.errors import Malformed
from xyper_engine.model import AnyEvent, Direction, Hook, load, new_id
from xyper_engine.plugins import Registry

_log = structlog.get_logger("xyper.routing")
_MARK = b'{"whole":'


class Whole(BaseModel):
    """What the line says."""

    id: str
    """The event's: the same however often it is delivered."""
    adapter: str
    hook: str
    tenant: str
    queue: str
    received_at: datetime


class _Line(BaseModel):
    whole: Whole


class LostError(Exception):
    """A whole webhook whose message cannot be read after all."""

    def __init__(self, whole: Whole, lost: Unparsed) -> None:
        super().__init__(lost.reason)
        self.whole = whole
        self.lost = lost


def outgoing(request: RawRequest, hook: Hook, tenant: str, direction: Direction) -> Outgoing:
    """The webhook as it is published."""
    id_, queue = new_id(), topology.messages(tenant, direction)
    line = {
        "id": id_,
        "adapter": hook.adapter,
        "hook": hook.id,
        "tenant": tenant,
        "queue": queue,
        "received_at": request.received_at,
    }
    return Outgoing(queue, id_, orjson.dumps({"whole": line}, option=orjson.OPT_UTC_Z) + b"\n" + request.body)


def whole_of(body: bytes) -> tuple[Whole, bytes] | None:
    """What a queue holds, as a whole webhook; None for an event. Raises `pydantic.ValidationError`."""
    if not body.startswith(_MARK):
        return None
    line, _, rest = body.partition(b"\n")
    return _Line.model_validate_json(line).whole, rest


def event_of(body: bytes, registry: Registry) -> AnyEvent:
    """The event that a queue holds, in either form. Raises `pydantic.ValidationError` or `LostError`."""
    held = whole_of(body)
    if held is None:
        return load(body)
    whole, raw = held
    found = _read(whole, raw, registry)
    if isinstance(found, Unparsed):
        raise LostError(whole, found)
    return found.model_copy(update={"id": whole.id, "tenant": whole.tenant})


def _read(whole: Whole, raw: bytes, registry: Registry) -> AnyEvent | Unparsed:
    adapter = registry.adapter(whole.adapter)
    if adapter is None:
        return Unparsed(raw, f"No plugin brings an adapter {whole.adapter!r}.")
    try:
        found = adapter.parse(RawRequest("POST", {}, {}, raw, whole.received_at))
    except Malformed as error:
        return Unparsed(raw, str(error))
    except Exception as error:  # noqa: BLE001  nobody hears it: kept until a mended adapter reads it
        _log.exception("bug", event_id=whole.id, tenant=whole.tenant, part=whole.adapter)
        return Unparsed(raw, f"bug: {type(error).__name__}")
    return found[0] if len(found) == 1 else Unparsed(raw, f"It holds {len(found)} items.")
