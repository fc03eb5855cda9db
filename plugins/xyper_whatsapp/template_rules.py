"""A template message against the template that Meta approved: every fault is one sentence, before any call.

Meta answers a wrong parameter late and in codes (132000, 132012, 132018, …), often only as a failed status. Source:
Meta, "Template components", "Send message templates".
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from xyper_engine.parts import MediaKind
from xyper_engine.template import ApprovedTemplate, Parameter, Template, TemplateButton, TemplateCard
from xyper_whatsapp.template_form import Button, Form, filled, form, rendered, variables

CODE = 15
"""Longest code to copy, in characters."""
_HEADER_TEXT, _BODY, _BODY_ALONE, _PAYLOAD = 60, 1024, 32_768, 256
_BREAKS = re.compile(r"[\n\r\t]| {5}")
_FILES = {
    "image": frozenset({MediaKind.image}),
    "video": frozenset({MediaKind.video}),
    "gif": frozenset({MediaKind.video}),
    "document": frozenset({MediaKind.document}),
}
_SUB_TYPES = {"otp": "url", "mpm": "mpm", "spm": "spm"}
"""Where the word in a message is another than the one in the template."""
_SILENT = frozenset({"phone_number", "voice_call", "call_request"})
_CLOSED = frozenset({"mpm", "spm", "order_details"})

_STATUS = {
    "PENDING": "Meta is still reviewing it",
    "IN_APPEAL": "Meta is looking at it again after an appeal",
    "REJECTED": "Meta has rejected it",
    "PAUSED": "Meta has paused it, because customers blocked or reported it",
    "DISABLED": "Meta has switched it off",
    "ARCHIVED": "it is in the archive",
    "LIMIT_EXCEEDED": "the WhatsApp account has too many templates",
    "PENDING_DELETION": "it is being deleted",
    "DELETED": "it was deleted",
}


def unusable(approved: ApprovedTemplate) -> str | None:
    """Why this template cannot be sent now; None where it can."""
    if approved.status.upper() == "APPROVED":
        return None
    why = _STATUS.get(approved.status.upper(), f"its status is {approved.status or 'unknown'}")
    reason = f" ({approved.reason})" if approved.reason else ""
    return f"The template {approved.name!r} in {approved.language} cannot be sent: {why}{reason}."


def faults(template: Template, approved: ApprovedTemplate) -> list[str]:
    """Everything that Meta would refuse, each in one sentence; empty where it is as it should be."""
    asked, named = form(approved.components), approved.format.upper() == "NAMED"
    found = [*_said("the", template, asked, named, approved.category), *_carousel(template, asked, named)]
    found += [f"The template has a {other}, which cannot be filled in here." for other in asked.others]
    return found or list(_too_long(template, asked))


def completed(template: Template, approved: ApprovedTemplate) -> Template:
    """With the words that the customer reads; a one-time password's button gets the code that the body holds."""
    asked = form(approved.components)
    if _is_code(approved.category) and template.body and not template.buttons and _wants_code(asked):
        code = TemplateButton(index=0, kind="url", value=template.body[0].text or "")
        template = template.model_copy(update={"buttons": (code,)})
    return template.model_copy(update={"rendered": rendered(template, asked)})


def _wants_code(asked: Form) -> bool:
    return bool(asked.buttons) and (asked.buttons[0].open_end or asked.buttons[0].kind == "otp")


def _is_code(category: str) -> bool:
    return category.upper() == "AUTHENTICATION"


def _said(whose: str, said: Template | TemplateCard, asked: Form, named: bool, category: str = "") -> Iterator[str]:
    yield from _header(whose, said.header, asked, named)
    yield from _values(f"{whose} body", asked.body, said.body, named)
    if _is_code(category):
        yield from (f"A one-time password has at most {CODE} characters." for one in said.body[:1] if _long(one.text))
    yield from _buttons(whose, said.buttons, asked.buttons, _is_code(category))


def _long(code: str | None) -> bool:
    return len(code or "") > CODE


def _header(whose: str, given: Sequence[Parameter], asked: Form, named: bool) -> Iterator[str]:
    where = f"{whose} header"
    if asked.header == "text":
        yield from _values(where, asked.header_text, given, named)
    elif asked.header in _FILES:
        yield from _file(where, asked.header, given)
    elif asked.header == "location":
        if len(given) != 1 or given[0].location is None:
            yield f"{_upper(where)} is a place: give one location."
    elif asked.header:
        yield f"{_upper(where)} is a {asked.header}, which cannot be filled in here."
    elif given:
        yield f"{_upper(whose)} template has no header, but a value for one is given."


def _file(where: str, kind: str, given: Sequence[Parameter]) -> Iterator[str]:
    media = given[0].media if len(given) == 1 else None
    if media is None:
        yield f"{_upper(where)} is {_a(kind)}: give one file of that kind."
    elif media.kind not in _FILES[kind]:
        yield f"{_upper(where)} is {_a(kind)}, and the file given is {_a(media.kind.value)}."
    elif not (media.file or media.link or media.source):
        yield f"The file for {where} is not stored anywhere."


def _values(where: str, text: str, given: Sequence[Parameter], named: bool) -> Iterator[str]:
    names = variables(text)
    if named and any(one.name for one in given):
        yield from _names(where, names, [one.name or "" for one in given])
    elif named and names:
        yield f"{_upper(where)}'s variables have names: {', '.join(names)}. Give each value with its name."
    elif len(names) != len(given):
        yield f"{_upper(where)} has {_count(len(names), 'variable')}, and {_count(len(given), 'value')} given."
    for n, one in enumerate(given, 1):
        yield from _value(f"value {one.name or n} of {where}", one)


def _names(where: str, names: Sequence[str], given: Sequence[str]) -> Iterator[str]:
    for missing in [name for name in names if name not in given]:
        yield f"{_upper(where)} lacks a value for {missing}."
    for unknown in [name for name in given if name not in names]:
        yield f"{_upper(where)} has no variable {unknown or 'without a name'}."
    for twice in [name for name, times in Counter(given).items() if times > 1]:
        yield f"{_upper(where)} has more than one value for {twice}."


def _value(where: str, given: Parameter) -> Iterator[str]:
    if given.text is None:
        yield f"{_upper(where)} must be words."
    elif not given.text.strip():
        yield f"{_upper(where)} is empty, which WhatsApp does not take."
    elif _BREAKS.search(given.text):
        yield f"{_upper(where)} has a line break, a tab or more than four blanks in a row: WhatsApp takes one line."


def _buttons(whose: str, given: Sequence[TemplateButton], asked: Sequence[Button], code: bool) -> Iterator[str]:
    of = "" if whose == "the" else f"{whose} "
    for index, times in Counter(one.index for one in given).items():
        if not 0 <= index < len(asked):
            yield f"{_upper(whose)} template has no button {index + 1}."
        elif times > 1:
            yield _upper(f"{of}button {index + 1} has more than one value.")
    values = {one.index: one for one in given}
    for index, button in enumerate(asked):
        yield from _button(f"{of}button {index + 1}", values.get(index), button, code)


def _button(where: str, given: TemplateButton | None, asked: Button, code: bool) -> Iterator[str]:
    sub_type = _SUB_TYPES.get(asked.kind, asked.kind)
    value = given.value if given else ""
    if asked.kind in _CLOSED:
        yield f"{_upper(where)} is {_a(asked.kind)} button, which cannot be filled in here."
    elif given and given.kind != sub_type:
        yield f"{_upper(where)} is {_a(sub_type)} button, and the value given is for {_a(given.kind)} button."
    elif given and (asked.kind in _SILENT or (asked.kind == "url" and not asked.open_end)):
        yield f"{_upper(where)} takes no value."
    elif asked.kind == "copy_code" or code:
        yield from _copied(where, value, asked)
    elif asked.kind == "url" and asked.open_end and (not value or re.search(r"\s", value)):
        yield f"{_upper(where)} opens a page whose address ends with a value: give it, without blanks."
    elif asked.kind == "quick_reply" and len(value) > _PAYLOAD:
        yield f"{_upper(where)} has a payload of {len(value)} characters; at most {_PAYLOAD} are possible."


def _copied(where: str, value: str, asked: Button) -> Iterator[str]:
    if not value and (asked.kind in {"copy_code", "otp"} or asked.open_end):
        yield f"{_upper(where)} copies a code: give the code."
    elif _long(value):
        yield f"{_upper(where)} copies a code of {len(value)} characters; at most {CODE} are possible."


def _carousel(template: Template, asked: Form, named: bool) -> Iterator[str]:
    if len(template.cards) != len(asked.cards):
        yield f"The template has {_count(len(asked.cards), 'card')}, and {_count(len(template.cards), 'card')} given."
        return
    for n, (card, its_form) in enumerate(zip(template.cards, asked.cards, strict=True), 1):
        yield from _said(f"card {n}'s", card, its_form, named)


def _too_long(template: Template, asked: Form) -> Iterator[str]:
    most = _BODY_ALONE if asked.only_body else _BODY
    for where, text, limit in (
        ("header", filled(asked.header_text, template.header), _HEADER_TEXT),
        ("body", filled(asked.body, template.body), most),
    ):
        if len(text) > limit:
            yield f"With its values the {where} has {len(text)} characters; at most {limit} are possible."


def _count(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"


def _a(thing: str) -> str:
    return f"{'an' if thing[:1] in 'aeio' else 'a'} {thing}"


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]
