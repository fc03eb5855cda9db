"""What a tenant decides for itself."""

from enum import StrEnum

from pydantic import Field

from xyper_engine.parts import Frozen


class WindowPolicy(StrEnum):
    """What becomes of an agent's free text when the channel's service window is closed."""

    refuse = "refuse"
    """A Failed receipt that names the next step."""
    template = "template"
    """It travels as the only variable of the tenant's template."""
    hold = "hold"
    """It waits until the customer writes."""


class Policy(Frozen):
    """What a tenant decides for itself."""

    language: str = "en"
    """Of the words that Xyper adds for agents: `en`, `es`, `pt`, `fr`, `de`, `it`."""
    window: WindowPolicy = WindowPolicy.refuse
    window_template: str = ""
    """The template's name, with one body variable, for `template`."""
    window_language: str = ""
    """Its language, as the vendor writes it."""
    media_days: int = Field(365, ge=1)
    """Days after which stored files are deleted."""
