"""A tenant's number and what an agent sends to it, as the tests need them."""

from pydantic import SecretStr

from xyper_engine.contract import Target
from xyper_engine.conversation import Conversation
from xyper_engine.model import Account, Contact, Direction, Endpoint, Message, Receipt, Status, Typing
from xyper_engine.parts import Text
from xyper_engine.testing import MOMENT

TOKEN = "EAABtoken"
NUMBER = Endpoint(adapter="whatsapp", account="106540352242922")
DESK = Endpoint(adapter="genesys", account="integration")
SHEENA = Contact(address="tel:+16505551234")


def account(token: str | None = TOKEN, number: str = NUMBER.account) -> Account:
    secrets = {} if token is None else {"access_token": SecretStr(token)}
    return Account(tenant="acme", endpoint=Endpoint(adapter="whatsapp", account=number), secrets=secrets)


def target(contact: Contact = SHEENA, latest: str | None = "wamid.latest", of: Account | None = None) -> Target:
    conversation = Conversation(
        id="c", tenant="acme", customer=NUMBER, agent=DESK, contact=contact, last_inbound_id=latest
    )
    return Target(of or account(), Account(tenant="acme", endpoint=DESK), conversation)


def stranger(of: Account | None = None) -> Target:
    """A target without any conversation yet."""
    return Target(of or account(), Account(tenant="acme", endpoint=DESK))


def message(*texts: str, contact: Contact = SHEENA, reply_to: str | None = None) -> Message:
    return Message(
        id="0198-a",
        direction=Direction.outbound,
        origin=DESK,
        contact=contact,
        external_id="g-1",
        occurred_at=MOMENT,
        parts=tuple(Text(text=text) for text in texts),
        reply_to=reply_to,
    )


def typing() -> Typing:
    return Typing(direction=Direction.outbound, origin=DESK, contact=SHEENA, external_id="g-2", occurred_at=MOMENT)


def receipt(status: Status = Status.published) -> Receipt:
    return Receipt(
        direction=Direction.outbound,
        origin=DESK,
        contact=SHEENA,
        external_id="g-3",
        occurred_at=MOMENT,
        about="wamid.0",
        status=status,
    )
