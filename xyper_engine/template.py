"""A message that the vendor has approved beforehand, with the values for its variables.

Source: Meta, "Templates", "Send message templates".
"""

from collections.abc import Mapping
from typing import Any, Literal

from xyper_engine.parts import Frozen, Location, Media


class Parameter(Frozen):
    """One value for a template: words, or a file or place for its header."""

    text: str | None = None
    name: str | None = None
    """Of a named parameter; positional ones have none."""
    media: Media | None = None
    location: Location | None = None


class TemplateButton(Frozen):
    """A value for one button. `kind` as the vendor's `sub_type`: `url`, `quick_reply`, `copy_code`, `flow`, …"""

    index: int
    kind: str
    value: str = ""
    """The URL's variable end, the payload, the code to copy (a one-time password too), the flow's token."""


class TemplateCard(Frozen):
    """One card of a carousel template."""

    header: tuple[Parameter, ...] = ()
    body: tuple[Parameter, ...] = ()
    buttons: tuple[TemplateButton, ...] = ()


class Template(Frozen):
    """A message that the vendor has approved beforehand, with the values for its variables."""

    type: Literal["template"] = "template"
    name: str
    language: str
    """As the vendor writes it: `en_US`, `pt_BR`, `es`."""
    header: tuple[Parameter, ...] = ()
    body: tuple[Parameter, ...] = ()
    buttons: tuple[TemplateButton, ...] = ()
    cards: tuple[TemplateCard, ...] = ()
    rendered: str = ""
    """The words as the customer reads them, where known."""

    @property
    def text(self) -> str:
        return self.rendered or f"[{self.name}]"


class ApprovedTemplate(Frozen):
    """A template as the vendor keeps it. Source: Meta, "Templates", `GET /{WABA}/message_templates`."""

    tenant: str
    adapter: str
    account: str
    """The account above the numbers (WhatsApp: the WABA id)."""
    id: str
    name: str
    language: str
    category: str = ""
    status: str = ""
    quality: str = ""
    format: str = "POSITIONAL"
    """`POSITIONAL` or `NAMED`: how its variables are called."""
    reason: str = ""
    """Why it was rejected or paused."""
    components: tuple[Mapping[str, Any], ...] = ()


class Variable(Frozen):
    """A gap in a template's words."""

    name: str
    """Its number, or its name."""
    example: str = ""
    """As it was handed in to the vendor."""


class FormText(Frozen):
    text: str
    variables: tuple[Variable, ...] = ()


class FormHeader(FormText):
    kind: str
    """`text`, `image`, `video`, `document`, `location`, …"""


class FormButton(Frozen):
    kind: str
    text: str
    variable: Variable | None = None
    """What it asks for."""
    url: str | None = None


class TemplateForm(Frozen):
    """An approved template, as whoever fills it in sees it."""

    language: str
    category: str
    status: str
    quality: str
    header: FormHeader | None
    body: FormText
    footer: str | None
    buttons: tuple[FormButton, ...]
    why_not: str | None
    """Why it cannot be sent now, or not from here; None where it can."""
