"""A webhook of more items than any vendor sends is kept whole, as one that could not be read, at either door."""

from collections.abc import Callable, Sequence

import pytest

from xyper_engine.contract import MOST_ITEMS, RawRequest, Unparsed
from xyper_engine.testing import raw_request
from xyper_genesys import from_wire as genesys
from xyper_whatsapp import from_wire as whatsapp

ENTRY = b'{"object":"o","entry":[%b]}'


@pytest.mark.parametrize(("parse", "form"), [(whatsapp.parse, ENTRY), (genesys.parse, b"[%b]")])
def test_the_whole_body_is_one_item(parse: Callable[[RawRequest], Sequence[object]], form: bytes) -> None:
    most = form % b",".join([b"{}"] * MOST_ITEMS)
    assert len(parse(raw_request(most))) == MOST_ITEMS
    beyond = form % b",".join([b"{}"] * (MOST_ITEMS + 1))
    [kept] = parse(raw_request(beyond))
    assert isinstance(kept, Unparsed)
    assert kept.raw == beyond
    assert parse(raw_request(kept.raw)) == [kept], "a replay of it says the same"
