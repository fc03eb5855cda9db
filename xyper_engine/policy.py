"""What a tenant decides for itself."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from xyper_engine.consent import Kind
from xyper_engine.parts import Frozen

Keyword = Annotated[str, Field(min_length=1, max_length=60)]
ContextName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class WindowPolicy(StrEnum):
    """What becomes of an agent's free text when the channel's service window is closed."""

    refuse = "refuse"
    """A Failed receipt that names the next step."""
    template = "template"
    """It travels as the only variable of the tenant's template."""
    hold = "hold"
    """It waits until the customer writes."""


class MissedPolicy(StrEnum):
    """What becomes of an agent's message that no webhook brought, and that is found later."""

    mark = "mark"
    """It is delivered; the customer is told that it is late."""
    plain = "plain"
    """It is delivered as it is."""
    report = "report"
    """It is listed in the reconciliation's report."""


class PluginChoice(Frozen):
    """What a tenant chose for one plugin."""

    off: tuple[str, ...] = ()
    """Names of the plugin's transformers that this tenant's messages pass by."""
    settings: Mapping[str, Any] = Field(default_factory=dict)
    """As the plugin's `xyper_tenant_settings` describes them."""


class Decided(Frozen):
    """What a tenant decides for itself."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    language: str = "en"
    """Of the words that Xyper adds for agents: `en`, `es`, `pt`, `fr`, `de`, `it`."""
    window: WindowPolicy = WindowPolicy.refuse
    window_template: str = ""
    """The template's name, with one body variable, for `template`."""
    window_language: str = ""
    """Its language, as the vendor writes it."""
    stop_means: Kind = Kind.marketing
    """What a customer's STOP ends: `marketing` templates, or `everything` but answers to what the customer writes."""
    stop_words: tuple[Keyword, ...] | None = Field(None, max_length=100)
    """Messages that mean STOP, whole and however they are written; null: the usual ones in seven languages."""
    start_words: tuple[Keyword, ...] | None = Field(None, max_length=100)
    """Messages that opt in; null: the usual ones, which only end an opt-out."""
    end_after: float = Field(0.0, ge=0, le=8760)
    """Hours of a customer's silence after which the agents' conversation is ended; 0: it never is."""
    context_to_agents: tuple[ContextName, ...] = Field((), max_length=50)
    """Names in a conversation's context that the agent side is told with each message: no others leave Xyper."""
    missed: MissedPolicy = MissedPolicy.mark
    """What becomes of an agent's message that no webhook brought: `mark` delivers it with a word that it is late."""
    message_days: int = Field(365, ge=1, le=36500)
    """Days after which messages are deleted: quotes and answers then no longer find what they speak of."""
    body_days: int = Field(36500, ge=1, le=36500)
    """Days after which what messages said is deleted, and what waits for a customer to write; that they came, and what
    became of them, stays for `message_days`."""
    media_days: int = Field(365, ge=1, le=36500)
    """Days after which stored files are deleted."""
    ledger_days: int = Field(90, ge=30, le=36500)
    """Days for which a message that comes again is known to be a second one."""
    trace_days: int = Field(14, ge=1, le=365)
    """Days after which the traces of messages are deleted."""
    dead_letter_days: int = Field(90, ge=1, le=36500)
    """Days after which dead letters are deleted, replayed or not: they keep what a vendor sent, raw."""
    stat_days: int = Field(90, ge=32, le=36500)
    """Days after which the hours of statistics are deleted; their days are kept."""
    objective_share: float = Field(99.9, ge=50, le=99.999)
    """Per cent of its messages that should be handed over within `objective_seconds`; the rest is its error budget."""
    objective_seconds: Literal[1, 5, 10, 30, 60, 120, 300, 600] = 10
    """Within how many seconds of its coming a message should be handed over."""
    timezone: str = "UTC"
    """By whose clock its days and hours are counted, e.g. `Europe/Rome`."""


class Policy(Decided):
    """The same, with what it chose for plugins."""

    plugins: Mapping[str, PluginChoice] = Field(default_factory=dict)
    """By the plugin's name."""
