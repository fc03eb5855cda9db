"""The handshake, the settings, and what the channel says it can do."""

import tomllib
from pathlib import Path
from typing import Any

import pluggy
import pytest
from pydantic import SecretStr, ValidationError

import xyper_whatsapp
from xyper_engine import hookspecs
from xyper_engine.abilities import Onboards
from xyper_engine.model import Direction, Hook
from xyper_engine.testing import raw_request
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings

HOOK = Hook(id="h", adapter="whatsapp", verify_tokens=(SecretStr("old"), SecretStr("schlüssel"), SecretStr("")))


@pytest.mark.parametrize(
    ("token", "mode", "answer"),
    [
        ("old", "subscribe", "1158201444"),
        ("schlüssel", "subscribe", "1158201444"),
        ("older", "subscribe", None),
        ("", "subscribe", None),
        ("\udcff", "subscribe", None),
        ("old", "unsubscribe", None),
        ("old", None, None),
        (None, "subscribe", None),
    ],
)
def test_the_handshake(token: str | None, mode: str | None, answer: str | None) -> None:
    query = {"hub.mode": mode, "hub.challenge": "1158201444", "hub.verify_token": token}
    request = raw_request(method="GET", query={key: value for key, value in query.items() if value is not None})
    assert WhatsApp(WhatsAppSettings()).challenge(request, HOOK) == answer


def test_a_handshake_without_a_challenge_is_refused() -> None:
    request = raw_request(method="GET", query={"hub.mode": "subscribe", "hub.verify_token": "old"})
    assert WhatsApp(WhatsAppSettings()).challenge(request, HOOK) is None


def test_the_settings_are_those_of_the_settings_file() -> None:
    documented = tomllib.loads((Path(__file__).parents[3] / "xyper.toml").read_text("utf-8"))["plugins"]["whatsapp"]
    assert WhatsAppSettings().model_dump(mode="json") == documented


@pytest.mark.parametrize(
    "wrong", [{"grph_url": "x"}, {"graph_url": "ftp://x"}, {"graph_version": "25"}, {"mark_read": "always"}]
)
def test_wrong_settings(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WhatsAppSettings(**wrong)


def test_the_plugin_hands_over_one_adapter_that_can_be_set_up() -> None:
    manager = pluggy.PluginManager("xyper")
    manager.add_hookspecs(hookspecs)
    manager.register(xyper_whatsapp)
    manager.check_pending()
    assert manager.hook.xyper_settings() == [WhatsAppSettings]
    [[adapter]] = manager.hook.xyper_adapters(settings=WhatsAppSettings())
    assert (adapter.name, adapter.speaks) == ("whatsapp", Direction.inbound)
    assert isinstance(adapter, Onboards)


@pytest.mark.parametrize(
    ("mark_read", "receipts", "typing"),
    [("typing", [], True), ("published", ["published"], True), ("never", [], False)],
)
def test_what_it_can_say(mark_read: Any, receipts: list[str], typing: bool) -> None:
    settings = WhatsAppSettings(mark_read=mark_read, order_wait=1.5, unknown_wait=30)
    limits = WhatsApp(settings).limits
    assert (limits.text, limits.order_wait, limits.unknown_wait, limits.call_wait) == (4096, 1.5, 30, 11)
    assert (limits.receipts, limits.typing) == (frozenset(receipts), typing)
