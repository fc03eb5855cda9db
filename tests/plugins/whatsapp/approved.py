"""Templates as Meta has approved them, and what is said with them."""

from typing import Any

from tests.engine.tenants.world import DESK, NUMBER
from tests.plugins.whatsapp.accounts import SHEENA
from xyper_engine.contract import Target
from xyper_engine.conversation import Conversation
from xyper_engine.model import Account, Endpoint
from xyper_engine.parts import Media, MediaKind, Source
from xyper_engine.policy import Policy
from xyper_engine.template import ApprovedTemplate, Parameter, Template

WABA = "77"
NAME = "order_update"


def component(kind: str, text: str = "", **more: Any) -> dict[str, Any]:
    return {"type": kind, **({"text": text} if text else {}), **more}


def header(text: str) -> dict[str, Any]:
    return component("HEADER", text, format="TEXT")


def shown(kind: str) -> dict[str, Any]:
    return component("HEADER", format=kind)


def body(text: str) -> dict[str, Any]:
    return component("BODY", text)


def buttons(*given: dict[str, Any]) -> dict[str, Any]:
    return component("BUTTONS", buttons=list(given))


def carousel(*cards: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    return component("CAROUSEL", cards=[{"components": list(card)} for card in cards])


def listed(*components: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A template as Meta lists it."""
    item = {
        "id": "1667192013751005",
        "name": NAME,
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "quality_score": {"score": "GREEN"},
        "rejected_reason": "NONE",
        "components": list(components),
    }
    return {**item, **changes}


def kept(*components: dict[str, Any], **changes: Any) -> ApprovedTemplate:
    """The same, as we keep it."""
    values: dict[str, Any] = {
        "tenant": "acme", "adapter": "whatsapp", "account": WABA, "id": "1667192013751005", "name": NAME,
        "language": "en_US", "category": "UTILITY", "status": "APPROVED", "quality": "GREEN",
        "components": components,
    }  # fmt: skip
    return ApprovedTemplate(**{**values, **changes})


def template(*values: str, **changes: Any) -> Template:
    """A message with these values for the body's variables."""
    given = {"name": NAME, "language": "en_US", "body": words(*values), **changes}
    return Template(**given)


def words(*values: str, **named: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(text=one) for one in values) + tuple(
        Parameter(text=one, name=name) for name, one in named.items()
    )


def file(kind: MediaKind = MediaKind.image, caption: str | None = None) -> Media:
    return Media(kind=kind, mime="image/jpeg", caption=caption, source=Source(id="m1"), file="f1")


def to(policy: Policy | None = None, conversation: Conversation | None = None, parent: str | None = WABA) -> Target:
    account = Account(tenant="acme", endpoint=NUMBER, parent=parent)
    return Target(account, Account(tenant="acme", endpoint=DESK), conversation, policy or Policy())


def conversation(**changes: Any) -> Conversation:
    return Conversation(id="c", tenant="acme", customer=NUMBER, agent=DESK, contact=SHEENA, **changes)


def to_genesys() -> Target:
    desk = Endpoint(adapter="genesys", account="desk-2")
    return Target(Account(tenant="acme", endpoint=desk), Account(tenant="acme", endpoint=DESK))
