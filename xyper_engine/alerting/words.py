"""What channels are told, as data and as a letter."""

from collections.abc import Iterator, Mapping, Sequence
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any

from xyper_engine.model import now
from xyper_engine.state.alerts import AlertView, Turned

SHOWN = 50
"""Lines of each kind in a letter; how many more there are is said."""


def body_of(turned: Turned) -> Mapping[str, Any]:
    """As it is stored, and as a webhook tells it."""
    return {
        "type": "alerts",
        "began": [one.model_dump(mode="json") for one in turned.began],
        "ended": [one.model_dump(mode="json") for one in turned.ended],
    }


def trial_body() -> Mapping[str, Any]:
    return {"type": "test", "began": [], "ended": []}


def letter(body: Mapping[str, Any], id_: str, sender: str, to: Sequence[str], dashboard: str) -> EmailMessage:
    began, ended = ([AlertView.model_validate(one) for one in body[name]] for name in ("began", "ended"))
    message = EmailMessage()
    message["Subject"] = f"[Xyper] {_subject(began, ended)}"
    message["From"], message["To"] = sender, ", ".join(to)
    message["Date"] = format_datetime(now())
    message["Message-ID"] = make_msgid(id_, sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join([*_lines(began, ended), "", f"The dashboard: {dashboard}", ""]))
    return message


def _subject(began: Sequence[AlertView], ended: Sequence[AlertView]) -> str:
    if not began and not ended:
        return "A test: alerts reach you"
    first, others = (began or ended)[0], len(began) + len(ended) - 1
    words = " ".join(first.words.split())[:120]
    return f"{'' if began else 'Over: '}{words}{f' (and {others} more)' if others else ''}"


def _lines(began: Sequence[AlertView], ended: Sequence[AlertView]) -> Iterator[str]:
    if not began and not ended:
        yield "Somebody pressed the button that tries this channel. Nothing is wrong."
    for title, some in (("What is wrong:", began), ("What is over:", ended)):
        if some:
            yield from ("", title, "")
            yield from (_line(one) for one in some[:SHOWN])
        if len(some) > SHOWN:
            yield f"… and {len(some) - SHOWN} more."


def _line(one: AlertView) -> str:
    whose = f"{one.tenant}: " if one.tenant else ""
    return f"* {whose}{' '.join(one.words.split())} (since {one.began_at:%Y-%m-%d %H:%M} UTC)"
