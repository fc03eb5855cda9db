"""What a channel's refusal of a message says besides: of the customer's will, and of the service window."""

from datetime import datetime

from xyper_engine.consent import Kind, Only, Said
from xyper_engine.contract import Adapter
from xyper_engine.model import Account, Message
from xyper_engine.runtime import Runtime
from xyper_engine.state.receipts import Progress


class Refusals:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    async def heard(self, by: Adapter, code: str, about: Message | Progress, account: Account, at: datetime) -> None:
        """It would not take this, and said so then, on this account."""
        if code in by.limits.stopped:
            id_ = about.id if isinstance(about, Message) else about.event_id
            said = Said(Kind.marketing, given=False, source=code, at=at, event=id_, only=Only.news)
            await self._rt.consents.note(account.tenant, by.name, about.contact, said)
        if code in by.limits.shut:  # agents see it at once, and what they write next is not tried in vain
            for conversation in await self._rt.conversations.shut(account.endpoint, about.contact, at):
                self._rt.watchers.changed(conversation)
