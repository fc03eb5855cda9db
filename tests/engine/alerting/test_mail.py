"""Letters by real SMTP: with and without TLS, with passwords right and wrong, and every refusal in words."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from tests.mailbox import PASSWORD, USER, certificate, mailbox
from xyper_engine.alerting.mail import Untold, send
from xyper_engine.alerting.words import body_of, letter, trial_body
from xyper_engine.model import new_id, now
from xyper_engine.sections import Smtp
from xyper_engine.state.alerts import AlertView, Topic, Turned

SENDER, ADA = "xyper@example.com", "ada@example.com"


def smtp(port: int, **more: object) -> Smtp:
    return Smtp.model_validate({"host": "127.0.0.1", "port": port, "tls": "none", "sender": SENDER, **more})


def written(*to: str) -> EmailMessage:
    return letter(trial_body(), new_id(), SENDER, to or (ADA,), "https://xyper.example.com/admin/alerts")


@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
async def test_a_letter_arrives(tmp_path: Path, tls: str) -> None:
    context, file = certificate(tmp_path)
    async with mailbox(None if tls == "none" else context, at_once=tls == "tls") as box:
        proof = {} if tls == "none" else {"username": USER, "password": SecretStr(PASSWORD), "ca_file": str(file)}
        said = await send(smtp(box.port, tls=tls, **proof), written(ADA, "bob@example.com"), 5.0)
    assert "took it" in said
    (got,) = box.letters
    assert (got["From"], got["To"], got["Subject"]) == (SENDER, f"{ADA}, bob@example.com",
                                                        "[Xyper] A test: alerts reach you")  # fmt: skip
    assert "Nothing is wrong" in got.get_content()
    assert got["Auto-Submitted"] == "auto-generated"


async def test_a_wrong_password_is_told_as_that(tmp_path: Path) -> None:
    context, file = certificate(tmp_path)
    async with mailbox(context, at_once=True) as box:
        wrong = smtp(box.port, tls="tls", ca_file=str(file), username=USER, password=SecretStr("guess"))
        with pytest.raises(Untold, match=r"refuses the user or the password of \[smtp\]") as told:
            await send(wrong, written(), 5.0)
    assert "guess" not in str(told.value)


async def test_a_server_that_nobody_vouches_for_is_told_nothing(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path)
    async with mailbox(context, at_once=True) as box:
        with pytest.raises(Untold, match=r"certificate|does not answer as a mail server"):
            await send(smtp(box.port, tls="tls", username=USER, password=SecretStr(PASSWORD)), written(), 5.0)
    assert box.letters == []


async def test_a_password_is_never_sent_to_a_server_without_tls() -> None:
    async with mailbox() as box:
        with pytest.raises(Untold):
            await send(smtp(box.port, tls="starttls", username=USER, password=SecretStr(PASSWORD)), written(), 5.0)
    with pytest.raises(ValidationError, match="in clear"):
        Smtp(host="mail.example.com", tls="none", username=USER, sender=SENDER)
    with pytest.raises(ValidationError, match="sender must be set"):
        Smtp(host="mail.example.com")


async def test_who_is_not_there_is_named() -> None:
    async with mailbox() as box:
        box.refuses = {"bob@example.com"}
        with pytest.raises(Untold, match=r"bob@example\.com.*the others got it"):
            await send(smtp(box.port), written(ADA, "bob@example.com"), 5.0)
        assert len(box.letters) == 1
        with pytest.raises(Untold, match=r"takes no letter for bob@example\.com: 550"):
            await send(smtp(box.port), written("bob@example.com"), 5.0)
        box.answer = "452 The mailbox is full"
        with pytest.raises(Untold, match="452 The mailbox is full"):
            await send(smtp(box.port), written(), 5.0)


async def test_nobody_there_and_no_server_set() -> None:
    async with mailbox() as box:
        port = box.port
    with pytest.raises(Untold, match=r"check \[smtp\]"):
        await send(smtp(port), written(), 2.0)
    with pytest.raises(Untold, match=r"\[smtp\] host is not set"):
        await send(Smtp(), written(), 2.0)


def alert(words: str, *, over: bool = False) -> AlertView:
    return AlertView(
        id="1", tenant="acme", topic=Topic.breaker, subject="s", words=words, began_at=now(),
        ended_at=now() if over else None,
    )  # fmt: skip


def test_several_things_are_one_letter() -> None:
    turned = Turned([alert("Traffic is paused."), alert("A message\nwaits.")], [alert("It was so.", over=True)])
    got = letter(body_of(turned), new_id(), SENDER, (ADA,), "https://x.test/admin/alerts")
    assert got["Subject"] == "[Xyper] Traffic is paused. (and 2 more)"
    text = got.get_content()
    assert text.index("What is wrong:") < text.index("* acme: A message waits. (since") < text.index("What is over:")
    over = letter(body_of(Turned([], [alert("Gone.", over=True)])), new_id(), SENDER, (ADA,), "https://x.test/")
    assert over["Subject"] == "[Xyper] Over: Gone."
