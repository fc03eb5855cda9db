"""Outside the 24-hour window a free text is refused, converted or held, as the tenant decided; templates pass."""

from datetime import timedelta

import pytest

from tests.plugins.whatsapp.accounts import message, receipt, typing
from tests.plugins.whatsapp.approved import (
    NAME,
    body,
    buttons,
    conversation,
    file,
    header,
    kept,
    shown,
    template,
    to,
    to_genesys,
    words,
)
from xyper_engine.contract import Target
from xyper_engine.errors import Held, Unsupported
from xyper_engine.model import Message, Utterance, now
from xyper_engine.parts import Location, MediaKind, Reaction, Text
from xyper_engine.policy import Policy, WindowPolicy
from xyper_engine.runtime import Runtime
from xyper_engine.template import ApprovedTemplate, Parameter, Template
from xyper_engine.testing import MOMENT, bare_runtime
from xyper_whatsapp.window import Window

HOLD = Policy(window=WindowPolicy.hold)
CONVERT = Policy(window=WindowPolicy.template, window_template=NAME, window_language="en_US")
OPEN = conversation(window_until=now() + timedelta(hours=1))
CLOSED = conversation(window_until=MOMENT - timedelta(days=400))
NOWHERE = bare_runtime()
"""No part of it is asked: what it does not have would be an error."""

PLAIN = kept(body("Acme writes: {{1}}"))


def saying(*parts: object) -> Message:
    return message().model_copy(update={"parts": parts})


async def refusal(event: Utterance, target: Target, rt: Runtime = NOWHERE) -> str:
    with pytest.raises(Unsupported) as refused:
        await Window().apply(event, target, rt)
    return str(refused.value)


@pytest.mark.parametrize(
    ("event", "target"),
    [
        (message("hello"), to(conversation=OPEN)),
        (saying(template("Ana")), to(conversation=CLOSED)),
        (saying(template("Ana"), template("Bo")), to()),
        (receipt(), to()),
        (typing(), to()),
        (message("hello"), to_genesys()),
        (message("hello"), to(conversation=conversation(last_inbound_at=now() - timedelta(hours=23)))),
    ],
    ids=["open", "a template", "two", "a receipt", "typing", "another channel", "from before windows were kept"],
)
async def test_it_passes_unchanged(event: Utterance, target: Target) -> None:
    assert await Window().apply(event, target, NOWHERE) is event


@pytest.mark.parametrize(
    "event",
    [message("hello"), saying(template("Ana"), Text(text="and more")), saying(Reaction(about="wamid.1", emoji="👍"))],
    ids=["words", "words beside a template", "a reaction"],
)
async def test_it_is_refused_with_the_next_step(event: Message) -> None:
    assert await refusal(event, to(conversation=CLOSED)) == (
        "The customer's 24-hour window closed at 2025-10-18 12:00 UTC. "
        "Send a template, or wait until the customer writes."
    )


async def test_to_whom_never_wrote_a_template_comes_first() -> None:
    never = "This customer has not written yet, so WhatsApp's 24-hour window is closed. "
    for target in (to(), to(conversation=conversation())):
        assert (await refusal(message("hello"), target)).startswith(never)


async def test_a_last_message_of_yesterday_does_not_keep_it_open() -> None:
    old = conversation(last_inbound_at=MOMENT - timedelta(days=2))
    assert "closed at 2026-11-21 12:00 UTC" in await refusal(message("hello"), to(conversation=old))


async def test_it_is_held_until_the_customer_writes() -> None:
    with pytest.raises(Held, match="waits until the customer writes"):
        await Window().apply(message("hello"), to(HOLD, CLOSED), NOWHERE)


@pytest.mark.parametrize(
    ("approved", "event", "made"),
    [
        (PLAIN, message("Your\n\nparcel\t is     here"), template("Your parcel is here")),
        (PLAIN, message("one", "two"), template("one two")),
        (kept(body("{{text}}"), format="NAMED"), message("hi"), template(body=words(text="hi"))),
        (
            kept(shown("IMAGE"), body("{{1}}")),
            saying(file(caption="Look"), Text(text="here")),
            template("Look here", header=(Parameter(media=file()),)),
        ),
    ],
    ids=["on one line", "several parts", "a named variable", "a file for the header"],
)
async def test_it_becomes_the_tenants_template(
    approved: ApprovedTemplate, event: Message, made: Template, office: Runtime
) -> None:
    await office.templates.put(approved)
    changed = await Window().apply(event, to(CONVERT, CLOSED), office)
    assert isinstance(changed, Message)
    assert changed.parts == (made,)
    assert changed.model_copy(update={"parts": event.parts}) == event


@pytest.mark.parametrize(
    ("approved", "event", "told"),
    [
        (kept(body("Hi")), message("hello"), "must have one variable"),
        (kept(body("{{1}} {{2}}")), message("hello"), "must have one variable"),
        (kept(header("{{1}}"), body("{{1}}")), message("hello"), "must have one variable"),
        (
            kept(body("{{1}}"), buttons({"type": "URL", "text": "x", "url": "https://x.example/{{1}}"})),
            message("hello"),
            "must have one variable",
        ),
        (kept(body("{{1}}"), status="PAUSED"), message("hello"), "Meta has paused it"),
        (kept(body("{{1}}"), language="es"), message("hello"), "it exists in es"),
        (kept(body("{{1}}"), name="another"), message("hello"), "create it"),
        (PLAIN, saying(file(caption="Look")), "cannot carry this file"),
        (kept(shown("IMAGE"), body("{{1}}")), saying(file(MediaKind.video, "Look")), "cannot carry this file"),
        (kept(shown("IMAGE"), body("{{1}}")), message("hello"), "shows a file in its header"),
        (kept(shown("IMAGE"), body("{{1}}")), saying(file()), "needs words"),
        (PLAIN, saying(Location(latitude=1, longitude=2)), r"cannot carry this \(location\)"),
        (PLAIN, saying(Reaction(about="wamid.1", emoji="👍")), r"cannot carry this \(reaction\)"),
    ],
)  # fmt: skip
async def test_what_the_template_cannot_say_is_refused(
    approved: ApprovedTemplate, event: Message, told: str, office: Runtime
) -> None:
    await office.templates.put(approved)
    with pytest.raises(Unsupported, match=told):
        await Window().apply(event, to(CONVERT, CLOSED), office)


async def test_a_policy_that_names_no_template_says_so(office: Runtime) -> None:
    unnamed = Policy(window=WindowPolicy.template)
    assert "window_template" in await refusal(message("hello"), to(unnamed, CLOSED), office)


async def test_before_the_first_reading_nothing_can_be_converted(office: Runtime) -> None:
    assert "xyper templates sync" in await refusal(message("hello"), to(CONVERT, CLOSED), office)
