"""Pairing: a line that we posted as an agent comes back by the webhook, and its rich form goes to the customer instead.

A line may be here before the answer that names it. So while one of the same words is being posted in the same
conversation, the lane waits, in its order, until it is known whose it is. What came of a post that nobody could clear
up in time is taken for it: those were its very words.
"""

from xyper_engine.agents import SpeaksAsAgent
from xyper_engine.contract import Adapter, Target
from xyper_engine.errors import NotYetKnown
from xyper_engine.model import Direction, Message
from xyper_engine.runtime import Runtime
from xyper_engine.state.send import Match
from xyper_engine.state.statistics import Series

AGAIN = 0.1
"""Seconds until it is looked at again whose a line is."""


async def paired(message: Message, to: Target, came: Adapter, rt: Runtime) -> Message:
    """The message as it was meant; itself where nobody sent it from the widget. Raises `NotYetKnown`."""
    if not _may_be_ours(message, came):
        return message
    matches = await rt.sends.matches(message, to.conversation.id if to.conversation else None)
    match = matches[0] if matches else None
    if match is None:
        return message
    if not match.certain:
        await _settled(match, message, rt)
    if person := await rt.sends.paired(match.id, message.id):
        number = str(to.account.endpoint)
        rt.statistics.count(message.id, Series(message.tenant, number, message.direction, "agents", "", person))
    to.trace.step("paired", send=match.id)
    return message.model_copy(update={"parts": match.wording.parts, "reply_to": match.wording.reply_to})


def _may_be_ours(message: Message, came: Adapter) -> bool:
    spoken = message.direction is Direction.outbound and message.author == "human" and message.record == "live"
    return spoken and isinstance(came, SpeaksAsAgent)


async def _settled(match: Match, message: Message, rt: Runtime) -> None:
    if match.state == "unknown" and await rt.sends.adopt(match.id, message.external_id):
        rt.log.warning("an unclear line was found", task="pairing", event_id=message.id, tenant=message.tenant)
        return
    raise NotYetKnown("a line of these words is just being posted", after=AGAIN)
