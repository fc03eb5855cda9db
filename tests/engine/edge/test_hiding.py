"""What of a telephone number is shown, wherever it is written."""

import pytest

from xyper_engine.edge.hiding import hidden, hidden_facts, hidden_id


@pytest.mark.parametrize(
    ("urn", "shown"), [("tel:+16505551234", "tel:+16…34"), ("bsuid:US.1349", "bsuid:US.1349"), ("group:1", "group:1")]
)
def test_only_telephone_numbers_are_hidden(urn: str, shown: str) -> None:
    assert hidden(urn) == shown


@pytest.mark.parametrize(
    ("id_", "shown"),
    [
        ("wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTdDNTVE", "wamid.…GBQzQTdDNTVE"),
        ("6ea2a0a5-1111-2222-3333-444455556666", "6ea2a0a5-1111-2222-3333-444455556666"),
        ("wamid.short", "wamid.short"),
        ("wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTdDNTVEX", "wamid.…BQzQTdDNTVEX"),
    ],
)
def test_an_id_that_holds_a_number_is_shown_by_its_end(id_: str, shown: str) -> None:
    assert hidden_id(id_) == shown


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"far_id": "wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTdDNTVE", "payload": 0}, "wamid.…GBQzQTdDNTVE"),
        ({"far_id": "6ea2a0a5", "payload": 0}, "6ea2a0a5"),
        ({"far_id": None, "payload": 0}, None),
    ],
)
def test_a_step_of_a_trace_shows_no_more(facts: dict[str, object], shown: str | None) -> None:
    assert hidden_facts(facts) == facts | {"far_id": shown}
