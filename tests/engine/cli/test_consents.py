"""`xyper consents` beside a running engine."""

from tests.engine.cli.process import Demo

PHONE = "tel:+16505551234"


def test_a_consent_is_noted_and_listed(acme: Demo) -> None:
    told = acme.cli("consents", "add", "acme", PHONE, "--withdrawn", "--wording", "no more", "--event", "call-7")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("Noted as ")
    [one] = acme.cli("consents", "list", "acme", "--contact", PHONE, "--json").json
    assert (one["kind"], one["given"], one["source"], one["event"]) == ("marketing", False, "api", "call-7")
    assert PHONE not in acme.cli("consents", "list", "acme").out
    wrong = acme.cli("consents", "add", "acme", "650555", "--given")
    assert wrong.code == 1
    assert "contact" in wrong.err
