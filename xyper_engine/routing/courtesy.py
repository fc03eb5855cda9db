"""Words of our own to a customer, where nobody else can say them: a file is infected, an opt-out was heard.

They travel like an agent's message, so order, pacing and the ledger hold for them too; the agent side, which never said
them, hears nothing of what becomes of them.
"""

from xyper_engine.broker.port import Outgoing
from xyper_engine.broker.topology import queue_of
from xyper_engine.contract import Target
from xyper_engine.errors import Unsupported
from xyper_engine.model import Direction, Message, dump, now
from xyper_engine.parts import Notice
from xyper_engine.phrases import phrases
from xyper_engine.runtime import Runtime

_OURS = "xyper:"
"""How the external ids of our own messages begin; no vendor's do."""


_LOST = frozenset({"media_gone", "media_infected", "media_no_room"})


def is_ours(external_id: str) -> bool:
    return external_id.startswith(_OURS)


async def tell_of_lost_files(message: Message, to: Target, rt: Runtime) -> None:
    """Both sides hear of a file that cannot be passed on; the side that was to have it by the notice in its place.

    Raises `Unsupported` for an agent's message: its Failed receipt says why, and nothing of it is sent.
    """
    lost = [part for part in message.parts if isinstance(part, Notice) and part.code in _LOST]
    infected = next((notice for notice in lost if notice.code == "media_infected"), None)
    if infected is not None:
        code = "media_blocked" if message.direction is Direction.outbound else "media_refused"
        told = courtesy(message, to, Notice(code=code, values=infected.values))
        await rt.broker.publish([Outgoing(queue_of(told), told.id, dump(told))])
    if lost and message.direction is Direction.outbound:
        worst = infected or lost[0]
        code = "media_lost" if worst.code == "media_gone" else worst.code
        raise Unsupported(phrases(to.policy.language)(code, **worst.values))


def courtesy(message: Message, to: Target, notice: Notice) -> Message:
    """What the customer is told on account of their message, or of one for them."""
    sent = message.direction is Direction.outbound
    return Message(
        direction=Direction.outbound,
        origin=message.origin if sent else to.account.endpoint,
        to=to.account.endpoint if sent else message.origin,
        tenant=message.tenant,
        contact=message.contact,
        external_id=f"{_OURS}{message.external_id}",
        occurred_at=now(),
        author="bot",
        parts=(notice,),
    )
