"""A rehearsal: would the customer's channel take this message? Everything that refuses is asked, and nothing is sent.

What is refused here is refused before the agent side is told, so no line stands there that nobody ever got.
"""

from xyper_engine.conversation import Conversation
from xyper_engine.errors import Held, NotFound, SettingsError, TransformerFailed, Unsendable, Unsupported
from xyper_engine.model import Direction, Message, Part, now
from xyper_engine.plugins import Registry
from xyper_engine.routing.preparation import Preparation, Stopped
from xyper_engine.routing.way import Ways
from xyper_engine.runtime import Runtime
from xyper_engine.tracing import UNTRACED


class Rehearsal:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._registry = registry
        self._ways = Ways(rt, registry)
        self._preparation = Preparation(rt, registry)

    async def of(self, conversation: Conversation, message: Message) -> Message:
        """The message as far as policies change it. Raises `Unsendable` in the words of whoever refuses it."""
        adapter = self._registry.adapter(conversation.customer.adapter)
        if adapter is None:
            raise Unsendable("Nothing can be sent: the plugin of the customer's channel is not installed.", "ended")
        try:
            to = (await self._ways.of(message, UNTRACED)).to
            said = await self._preparation.rehearsed(message, to)
            adapter.render(said, to)
        except (Unsupported, NotFound) as error:
            raise Unsendable(str(error), "unsupported") from None
        except (Stopped, Held):
            raise Unsendable("One of this tenant's rules does not let this out.", "unsupported") from None
        except (TransformerFailed, SettingsError):
            raise Unsendable("It cannot be checked just now: try again.", "unsupported") from None
        return said


def as_message(conversation: Conversation, parts: tuple[Part, ...], reply_to: str | None = None) -> Message:
    """As the agent side would bring it."""
    return Message(
        direction=Direction.outbound,
        origin=conversation.agent,
        to=conversation.customer,
        tenant=conversation.tenant,
        contact=conversation.contact,
        external_id="rehearsal",
        occurred_at=now(),
        parts=parts,
        reply_to=reply_to,
    )
