"""Secrets at rest: bound to their place, opened by any key we have, sealed by the first."""

import base64
from pathlib import Path

import pytest

from tests.conftest import Configure
from tests.engine.tenants.world import KEY, TOKEN, sealer
from xyper_engine.errors import SettingsError
from xyper_engine.sealing import Sealer, context

OLD, NEW = KEY, bytes(reversed(range(32)))
HERE = context("acme", "account:whatsapp/1001", "access_token")


def base64_of(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_what_is_sealed_opens_again_and_never_looks_the_same() -> None:
    key_id, sealed = sealer().seal("pässwörd 🤨", HERE)
    assert sealer().open(key_id, sealed, HERE) == "pässwörd 🤨"
    assert sealer().seal("pässwörd 🤨", HERE)[1] != sealed
    assert len(key_id) == 16


@pytest.mark.parametrize(
    "elsewhere",
    [
        context("other", "account:whatsapp/1001", "access_token"),
        context("acme", "account:whatsapp/1002", "access_token"),
        context("acme", "account:whatsapp/1001", "app_secret"),
        context(None, "account:whatsapp/1001", "access_token"),
    ],
)
def test_a_secret_moved_elsewhere_does_not_open(elsewhere: str) -> None:
    key_id, sealed = sealer().seal(TOKEN, HERE)
    with pytest.raises(SettingsError, match="was altered"):
        sealer().open(key_id, sealed, elsewhere)


def test_a_changed_byte_does_not_open() -> None:
    key_id, sealed = sealer().seal(TOKEN, HERE)
    with pytest.raises(SettingsError, match="was altered"):
        sealer().open(key_id, sealed[:-1] + bytes([sealed[-1] ^ 1]), HERE)


def test_a_key_that_is_not_ours_is_named() -> None:
    key_id, sealed = Sealer([NEW]).seal(TOKEN, HERE)
    with pytest.raises(SettingsError, match=rf"\[secrets\] keys: .*access_token.* key {key_id}"):
        sealer().open(key_id, sealed, HERE)


def test_the_first_key_of_the_settings_seals_and_all_open(configure: Configure) -> None:
    both = Sealer.from_settings(configure({"secrets": {"keys": [base64_of(NEW), base64_of(OLD)]}}))
    assert both.key_id == Sealer([NEW]).key_id
    assert both.open(*Sealer([OLD]).seal(TOKEN, HERE), HERE) == TOKEN


@pytest.mark.parametrize("key", ["not base64!", base64.b64encode(b"short").decode(), "ключ"])
def test_a_bad_key_is_refused_with_the_settings_name_and_without_the_key(configure: Configure, key: str) -> None:
    with pytest.raises(
        SettingsError, match=r"\[secrets\] keys: each must be 32|\[secrets\] keys: each key must"
    ) as caught:
        Sealer.from_settings(configure({"secrets": {"keys": [key]}}))
    assert key not in str(caught.value)


def test_the_key_file_is_made_once_and_only_for_us(configure: Configure) -> None:
    settings = configure()
    made = Sealer.from_settings(settings).key_id
    assert settings.key_file.stat().st_mode & 0o777 == 0o600
    assert Sealer.from_settings(settings).key_id == made
    assert [path.name for path in settings.key_file.parent.iterdir()] == [settings.key_file.name]


def test_an_unreadable_key_file_is_named(configure: Configure) -> None:
    settings = configure()
    settings.key_file.mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"\[secrets\] key_file: .*secret\.key cannot be read"):
        Sealer.from_settings(settings)


def test_an_empty_key_file_is_no_key(configure: Configure, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(SettingsError, match="must be 32 bytes"):
        Sealer.from_settings(configure({"secrets": {"key_file": str(tmp_path / "empty")}}))
