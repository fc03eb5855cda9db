"""Templates are read whole, created, edited and deleted at Meta, and every message is checked against them."""

from typing import Any

import pytest

from tests.engine.tenants.world import NUMBER, TOKEN
from tests.plugins.whatsapp.accounts import message, receipt
from tests.plugins.whatsapp.approved import NAME, WABA, body, kept, listed, shown, template, to, to_genesys
from xyper_engine.abilities import ManagesTemplates
from xyper_engine.errors import Ambiguous, FarSideDown, Misconfigured, Rejected, SendError, Unsupported
from xyper_engine.model import Account, Message
from xyper_engine.runtime import Runtime
from xyper_engine.testing import FarSide
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.template_check import TemplateCheck
from xyper_whatsapp.template_draft import pointer_in
from xyper_whatsapp.templates import FIELDS, Desk

LIST = f"/v25.0/{WABA}/message_templates"
DRAFT: dict[str, Any] = {
    "name": "order_ready",
    "language": "en_US",
    "category": "UTILITY",
    "components": [body("Your order {{1}} is ready.")],
}


def page(*items: object, after: str = "", last: bool = True) -> dict[str, Any]:
    """Meta gives a cursor on the last page too, but no `next`."""
    more = {} if last else {"next": "https://graph.facebook.com/elsewhere?after=x&access_token=secret"}
    return {"data": list(items), "paging": {"cursors": {"before": "b", "after": after}, **more}}


@pytest.fixture
def desk(graph: FarSide) -> Desk:
    return Desk(WhatsAppSettings(graph_url=graph.url))


@pytest.fixture
async def account(office: Runtime) -> Account:
    found = await office.directory.account(NUMBER)
    assert found is not None
    return found


def names(office_list: object) -> list[tuple[str, str]]:
    return [(one.name, one.language) for one in office_list]  # type: ignore[attr-defined]


async def test_every_page_is_read(desk: Desk, account: Account, office: Runtime, graph: FarSide) -> None:
    graph.answer("GET", LIST, json=page(listed(body("Hi {{1}}")), after="one", last=False))
    graph.answer("GET", LIST, json=page(listed(body("Hola"), language="es", id="2"), after="two", last=False))
    graph.answer("GET", LIST, json=page(listed(body("Bye"), name="bye", id=3), after="three"))
    assert await desk.sync(account, office) == 3
    assert names(await office.templates.list("acme")) == [("bye", "en_US"), (NAME, "en_US"), (NAME, "es")]
    assert [dict(seen.query) for seen in graph.requests] == [
        {"fields": FIELDS, "limit": "100", **after} for after in ({}, {"after": "one"}, {"after": "two"})
    ]
    assert all(seen.headers["Authorization"] == f"Bearer {TOKEN}" for seen in graph.requests)


async def test_a_template_is_kept_as_meta_describes_it(
    desk: Desk, account: Account, office: Runtime, graph: FarSide
) -> None:
    rejected = listed(body("x"), name="bad", status="REJECTED", rejected_reason="SCAM", quality_score=None)
    graph.answer("GET", LIST, json=page(listed(body("Hi {{1}}")), rejected, None, {"name": "no id"}))
    assert await desk.sync(account, office) == 2
    assert await office.templates.find("whatsapp", WABA, NAME, "en_US") == kept(body("Hi {{1}}"))
    bad = await office.templates.find("whatsapp", WABA, "bad", "en_US")
    assert bad is not None
    assert (bad.status, bad.reason, bad.quality) == ("REJECTED", "SCAM", "")


async def test_what_meta_no_longer_lists_is_forgotten(
    desk: Desk, account: Account, office: Runtime, graph: FarSide
) -> None:
    await office.templates.put(kept(name="gone"))
    graph.answer("GET", LIST, json=page(listed()))
    await desk.sync(account, office)
    assert names(await office.templates.list("acme")) == [(NAME, "en_US")]


async def test_half_a_list_replaces_nothing(desk: Desk, account: Account, office: Runtime, graph: FarSide) -> None:
    await office.templates.put(kept())
    graph.answer("GET", LIST, json=page(listed(name="new"), after="one", last=False))
    graph.answer("GET", LIST, 500, json={"error": {"code": 2, "message": "later"}})
    with pytest.raises(FarSideDown):
        await desk.sync(account, office)
    assert names(await office.templates.list("acme")) == [(NAME, "en_US")]


async def test_a_list_without_end_is_given_up(desk: Desk, account: Account, office: Runtime, graph: FarSide) -> None:
    graph.answer("GET", LIST, json=page(after="again", last=False))
    with pytest.raises(FarSideDown, match="no end"):
        await desk.sync(account, office)


async def test_news_during_a_reading_outlive_it(office: Runtime) -> None:
    await office.templates.put(kept())
    since = await office.templates.clock()
    await office.templates.amend("whatsapp", WABA, NAME, "en_US", status="PAUSED")
    await office.templates.replace("acme", "whatsapp", WABA, [kept(), kept(name="new")], since)
    found = await office.templates.find("whatsapp", WABA, NAME, "en_US")
    assert found is not None
    assert found.status == "PAUSED"
    assert await office.templates.languages("whatsapp", WABA, "new") == ("en_US",)


async def test_one_is_created(desk: Desk, account: Account, office: Runtime, graph: FarSide) -> None:
    graph.answer("POST", LIST, json={"id": "9", "status": "PENDING", "category": "MARKETING"})
    assert await desk.create(DRAFT, account, office) == "9"
    assert graph.requests[0].json == DRAFT
    found = await office.templates.find("whatsapp", WABA, "order_ready", "en_US")
    assert found is not None
    assert (found.id, found.status, found.category) == ("9", "PENDING", "MARKETING")


async def test_one_is_edited_and_read_again(desk: Desk, account: Account, office: Runtime, graph: FarSide) -> None:
    graph.answer("POST", "/v25.0/9", json={"success": True})
    graph.answer("GET", LIST, json=page(listed(body("New"), id="9", status="PENDING")))
    await desk.edit("9", {"components": [body("New")]}, account, office)
    found = await office.templates.find("whatsapp", WABA, NAME, "en_US")
    assert found is not None
    assert found.status == "PENDING"


@pytest.mark.parametrize(
    ("its_id", "query", "left"),
    [(None, {"name": NAME}, []), ("2", {"name": NAME, "hsm_id": "2"}, [(NAME, "en_US")])],
)
async def test_one_is_deleted_in_all_languages_or_in_one(
    its_id: str | None, query: object, left: object, desk: Desk, account: Account, office: Runtime, graph: FarSide
) -> None:
    await office.templates.put(kept())
    await office.templates.put(kept(language="es", id="2"))
    graph.answer("DELETE", LIST, json={"success": True})
    await desk.delete(NAME, its_id, account, office)
    assert dict(graph.requests[0].query) == query
    assert names(await office.templates.list("acme")) == left


BODY = "x" * 1025
TITLE = "x" * 26
FAULTY: list[tuple[dict[str, Any], str]] = [
    ({**DRAFT, "name": "Order Ready"}, "lower-case letters"),
    ({**DRAFT, "language": ""}, "needs a language"),
    ({**DRAFT, "category": "NEWS"}, "AUTHENTICATION, MARKETING, UTILITY"),
    ({**DRAFT, "components": []}, "at least a body"),
    ({**DRAFT, "components": "body"}, "list of objects"),
    ({**DRAFT, "components": [body(BODY)]}, "The body has 1025 characters; at most 1024"),
    ({**DRAFT, "components": [{"type": "BUTTONS", "buttons": [{"type": "URL", "text": TITLE}] * 11}]}, "11 buttons"),
    ({**DRAFT, "components": [{"type": "BUTTONS", "buttons": [{"type": "URL", "text": TITLE}]}]}, "at most 25"),
]


@pytest.mark.parametrize(("draft", "told"), FAULTY)
async def test_a_faulty_draft_never_reaches_meta(
    draft: dict[str, Any], told: str, desk: Desk, account: Account, office: Runtime, graph: FarSide
) -> None:
    with pytest.raises(Unsupported, match=told):
        await desk.create(draft, account, office)
    assert graph.requests == []


@pytest.mark.parametrize(
    ("words", "pointer"),
    [
        ("Content in this language already exists", "/language"),
        ("The body text ends with a variable", "/components/1"),
        ("Buttons: a URL is not valid", "/components/2"),
        ("The header and the body do not go together", None),
        ("The footer is too long", None),
        ("Invalid parameter", None),
    ],
)
def test_a_refusal_points_to_the_one_part_that_it_names(words: str, pointer: str | None) -> None:
    components = [{"type": "HEADER"}, body("x"), {"type": "buttons"}]
    assert pointer_in(words, {**DRAFT, "components": components}) == pointer


@pytest.mark.parametrize(
    ("change", "told"),
    [({}, "Say what to change"), ({"name": "other", "components": [body("x")]}, "cannot be changed")],
)
async def test_an_edit_says_what_can_be_changed(
    change: dict[str, Any], told: str, desk: Desk, account: Account, office: Runtime
) -> None:
    with pytest.raises(Unsupported, match=told):
        await desk.edit("9", change, account, office)


TAKEN = {
    "code": 100,
    "error_subcode": 2388024,
    "message": "Invalid parameter",
    "error_user_title": "Content in this language already exists",
    "error_user_msg": "There is already English (US) content for this template.",
}
REFUSALS: list[tuple[int, dict[str, Any], type[SendError], str]] = [
    (400, TAKEN, Rejected, "Meta refuses: Content in this language already exists: There is already English"),
    (400, {"code": 100, "message": "Invalid parameter"}, Rejected, "Invalid parameter"),
    (400, {"code": 100, "error_subcode": 33, "message": "Unsupported"}, Misconfigured, "Meta does not know"),
    (401, {"code": 190, "message": "Invalid OAuth access token"}, Misconfigured, "access token"),
]


@pytest.mark.parametrize(("status", "error", "kind", "told"), REFUSALS)
async def test_metas_errors_are_words(
    status: int, error: object, kind: type[SendError], told: str, desk: Desk, account: Account, office: Runtime,
    graph: FarSide,
) -> None:  # fmt: skip
    graph.answer("POST", LIST, status, json={"error": error})
    with pytest.raises(kind, match=told):
        await desk.create(DRAFT, account, office)


async def test_a_change_of_unknown_fate_says_so(desk: Desk, account: Account, office: Runtime, graph: FarSide) -> None:
    graph.answer("POST", LIST, abort=True)
    graph.answer("GET", LIST, abort=True)
    with pytest.raises(Ambiguous, match="not known"):
        await desk.create(DRAFT, account, office)
    with pytest.raises(FarSideDown):
        await desk.sync(account, office)


async def test_a_number_without_its_waba_is_told_what_it_lacks(desk: Desk, account: Account, office: Runtime) -> None:
    with pytest.raises(Misconfigured, match="parent"):
        await desk.sync(account.model_copy(update={"parent": None}), office)


def test_the_adapter_manages_templates() -> None:
    assert isinstance(WhatsApp(WhatsAppSettings()), ManagesTemplates)


def saying(*parts: object) -> Message:
    return message().model_copy(update={"parts": parts})


async def test_a_template_is_checked_and_its_words_are_known(office: Runtime) -> None:
    await office.templates.put(kept(body("Hi {{1}}")))
    checked = await TemplateCheck().apply(saying(template("Ana")), to(), office)
    assert isinstance(checked, Message)
    assert checked.text == "Hi Ana"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (template(), "cannot be sent so. The body has 1 variable, and no values given."),
        (template("Ana", language="pt_BR"), "There is no template 'order_update' in pt_BR: it exists in en_US."),
        (template("Ana", name="other"), "There is no template 'other' in en_US: create it"),
        (template(name="late"), "The template 'late' in en_US cannot be sent: Meta is still reviewing it."),
    ],
)
async def test_what_meta_would_refuse_never_reaches_it(said: object, told: str, office: Runtime) -> None:
    await office.templates.put(kept(body("Hi {{1}}")))
    await office.templates.put(kept(name="late", status="PENDING"))
    with pytest.raises(Unsupported) as refused:
        await TemplateCheck().apply(saying(said), to(), office)
    assert told in str(refused.value)


async def test_a_template_passes_before_the_first_reading(office: Runtime) -> None:
    event = saying(template("Ana"))
    assert await TemplateCheck().apply(event, to(), office) == event
    assert await TemplateCheck().apply(event, to(parent=None), office) == event


async def test_other_events_are_left_alone(office: Runtime) -> None:
    for event, target in ((message("hi"), to()), (receipt(), to()), (saying(template()), to_genesys())):
        assert await TemplateCheck().apply(event, target, office) is event


async def test_a_file_for_the_header_is_wanted(office: Runtime) -> None:
    await office.templates.put(kept(shown("IMAGE")))
    with pytest.raises(Unsupported, match="give one file"):
        await TemplateCheck().apply(saying(template()), to(), office)
