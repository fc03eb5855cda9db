"""News of an account: templates are amended at once or read anew, and an operator hears what matters."""

import json
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from tests.engine.tenants.world import NUMBER
from tests.plugins.whatsapp.approved import NAME, WABA, kept
from tests.plugins.whatsapp.webhooks import SAMPLES
from xyper_engine.abilities import TakesUpdates
from xyper_engine.model import Account, Contact, Direction, Endpoint, Update
from xyper_engine.runtime import Runtime
from xyper_engine.testing import MOMENT
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.keeper import Keeper
from xyper_whatsapp.settings import WhatsAppSettings

ABOUT = {"message_template_name": NAME, "message_template_language": "en_US", "message_template_id": 1}
STATUS, QUALITY = "message_template_status_update", "message_template_quality_update"
COMPONENTS, CATEGORY = "message_template_components_update", "template_category_update"
BELOW = Account(tenant="acme", endpoint=NUMBER, parent=WABA)


class Asked(Keeper):
    """Notes which WABAs are to be read anew."""

    def __init__(self, rt: Runtime) -> None:
        super().__init__(rt, WhatsAppSettings())
        self.wabas: list[str] = []

    def want(self, waba: str) -> None:
        self.wabas.append(waba)


@pytest.fixture
def asked(office: Runtime) -> Asked:
    keeper = Asked(office)
    office.shared["whatsapp"] = keeper
    return keeper


async def take(topic: str, value: dict[str, Any], rt: Runtime, about: str = f"account:{WABA}") -> list[Any]:
    """The log lines that a piece of news leaves."""
    update = Update(
        direction=Direction.inbound,
        origin=Endpoint(adapter="whatsapp", account=WABA),
        contact=Contact(address=about),
        external_id="u1",
        occurred_at=MOMENT,
        topic=topic,
        value=value,
    )
    with capture_logs() as lines:
        structlog.get_logger("test")
        await WhatsApp(WhatsAppSettings()).take(update, BELOW, rt)
    return list(lines)


async def stored(rt: Runtime) -> dict[str, str] | None:
    found = await rt.templates.find("whatsapp", WABA, NAME, "en_US")
    return None if found is None else found.model_dump(include={"status", "reason", "quality", "category"})


BEFORE = {"status": "APPROVED", "reason": "", "quality": "GREEN", "category": "UTILITY"}


@pytest.mark.parametrize(
    ("topic", "news", "after"),
    [
        (STATUS, {"event": "PAUSED", "reason": None}, {"status": "PAUSED"}),
        (STATUS, {"event": "REJECTED", "reason": "SCAM"}, {"status": "REJECTED", "reason": "SCAM"}),
        (
            STATUS,
            {"event": "REJECTED", "reason": "INVALID_FORMAT", "rejection_info": {"reason": "Two variables meet."}},
            {"status": "REJECTED", "reason": "INVALID_FORMAT: Two variables meet."},
        ),
        (STATUS, {"event": "REINSTATED", "reason": "NONE"}, {}),
        (QUALITY, {"previous_quality_score": "GREEN", "new_quality_score": "RED"}, {"quality": "RED"}),
        (CATEGORY, {"previous_category": "UTILITY", "new_category": "MARKETING"}, {"category": "MARKETING"}),
        (CATEGORY, {"new_category": None, "correct_category": "MARKETING"}, {}),
    ],
)
async def test_what_is_stored_is_amended_at_once(
    topic: str, news: dict[str, Any], after: dict[str, str], office: Runtime, asked: Asked
) -> None:
    await office.templates.put(kept())
    await take(topic, {**ABOUT, **news}, office)
    assert await stored(office) == {**BEFORE, **after}
    assert asked.wabas == []


async def test_a_deleted_one_is_forgotten(office: Runtime, asked: Asked) -> None:
    await office.templates.put(kept())
    await take(STATUS, {**ABOUT, "event": "DELETED"}, office)
    assert await stored(office) is None
    assert asked.wabas == []


@pytest.mark.parametrize(
    ("topic", "news"),
    [
        (COMPONENTS, {"message_template_element": "Hello"}),
        (STATUS, {"event": "FLAGGED"}),
        (STATUS, {"event": "A_NEW_WORD"}),
        (STATUS, {"event": 3}),
        (STATUS, {"event": "APPROVED", "message_template_name": "unheard_of"}),
        (QUALITY, {"message_template_language": "xx", "new_quality_score": "RED"}),
    ],
)
async def test_what_cannot_be_amended_is_read_anew(
    topic: str, news: dict[str, Any], office: Runtime, asked: Asked
) -> None:
    await office.templates.put(kept())
    await take(topic, {**ABOUT, **news}, office)
    assert await stored(office) == BEFORE
    assert asked.wabas == [WABA]


async def test_a_command_without_a_keeper_takes_news_too(office: Runtime) -> None:
    await take(COMPONENTS, ABOUT, office)


async def test_metas_own_sample_of_a_rejection(office: Runtime, asked: Asked) -> None:
    sample = json.loads((SAMPLES / "pywa/template_status_update--rejected.json").read_text("utf-8"))
    await office.templates.put(kept(name="abandoned_cart", language="en"))
    [line] = await take(STATUS, sample["entry"][0]["changes"][0]["value"], office)
    found = await office.templates.find("whatsapp", WABA, "abandoned_cart", "en")
    assert found is not None
    assert found.reason.startswith("INVALID_FORMAT: Your template has parameters placed next to each other")
    assert (line["event"], line["log_level"], line["what"], line["account"]) == (
        "account news", "warning", "REJECTED", WABA,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "news", "level", "facts"),
    [
        ("account_update", {"event": "ACCOUNT_RESTRICTION"}, "warning", {"what": "ACCOUNT_RESTRICTION"}),
        (
            "phone_number_quality_update",
            {"event": "DOWNGRADE", "current_limit": "TIER_250", "display_phone_number": "15550783881"},
            "warning",
            {"what": "DOWNGRADE", "limit": "TIER_250"},
        ),
        ("phone_number_quality_update", {"event": "ONBOARDING"}, "info", {"what": "ONBOARDING"}),
        ("account_alerts", {"alert_type": "X", "alert_severity": "CRITICAL"}, "warning", {"severity": "CRITICAL"}),
        (STATUS, {**ABOUT, "event": "APPROVED"}, "info", {"template": NAME, "language": "en_US"}),
    ],
)
async def test_an_operator_hears_of_it(
    topic: str, news: dict[str, Any], level: str, facts: dict[str, str], office: Runtime
) -> None:
    [line] = await take(topic, news, office)
    assert line["log_level"] == level
    assert {**line, "event": "account news", "tenant": "acme", "topic": topic, **facts} == line
    assert "15550783881" not in str(line)


async def test_a_customers_preference_is_kept_and_the_log_does_not_say_whose(office: Runtime) -> None:
    for value in ("stop", "resume", "stop"):
        one = {"wa_id": "16505551234", "detail": "Please", "category": "marketing_messages", "value": value}
        [line] = await take("user_preferences", {"user_preferences": [one, None]}, office, "tel:+16505551234")
        assert (line["category"], line["value"]) == ("marketing_messages", value)
        assert "16505551234" not in str(line)
    assert [(one.contact, one.given, one.source) for one in await office.consents.page("acme", None, None, 9)] == [
        ("tel:+16505551234", given, "user_preferences") for given in (False, True, False)
    ]


@pytest.mark.parametrize(
    "told", ["?", [None], [{"category": 1, "value": "stop"}], [{"category": "c", "value": "stop"}]]
)
async def test_a_preference_of_nobody_is_kept_for_nobody(told: object, office: Runtime) -> None:
    assert await take("user_preferences", {"user_preferences": told}, office) == []


async def test_news_of_another_kind_are_nothing_to_do(office: Runtime) -> None:
    assert await take("tracking_events", {"anything": 1}, office) == []


def test_the_adapter_takes_updates() -> None:
    assert isinstance(WhatsApp(WhatsAppSettings()), TakesUpdates)
