"""Every real webhook in `tests/samples/whatsapp`, and what becomes of it."""

import json

import pytest

from tests.plugins.whatsapp import samples_of_meta, samples_of_pywa
from tests.plugins.whatsapp.outcomes import News, Said, Told, news, said, told
from tests.plugins.whatsapp.webhooks import SAMPLES
from xyper_engine.contract import Unparsed
from xyper_engine.model import AnyEvent, Message, Receipt, Typing, Update, dump, load
from xyper_engine.testing import keys, raw_request
from xyper_whatsapp.from_wire import parse

EXPECTED = {**samples_of_meta.EXPECTED, **samples_of_pywa.EXPECTED}


def only(name: str) -> AnyEvent:
    """Every sample holds one item."""
    (one,) = parse(raw_request((SAMPLES / f"{name}.json").read_bytes()))
    assert not isinstance(one, Unparsed)
    return one


def summary(one: AnyEvent) -> Said | Told | News:
    urns = (one.contact.address, *one.contact.aliases)
    match one:
        case Message():
            return said(urns, *one.parts, to=one.reply_to, opens=one.opens, record=one.record)
        case Receipt():
            code = one.reason.code if one.reason else None
            return told(urns, one.external_id, one.status, one.reference, code=code)
        case Update():
            return news(urns, one.topic, *one.value)
        case Typing():
            raise AssertionError("Meta sends no typing")


def test_every_sample_is_in_the_table() -> None:
    assert {str(file.relative_to(SAMPLES).with_suffix("")) for file in SAMPLES.glob("*/*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_sample(name: str) -> None:
    assert summary(only(name)) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_was_kept_of_a_sample_can_be_parsed_again(name: str) -> None:
    one = only(name)
    assert load(dump(one)) == one
    assert keys(parse(raw_request(json.dumps(one.raw).encode()))) == [one.key]
