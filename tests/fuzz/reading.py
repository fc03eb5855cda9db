"""What must hold of any bytes whatever that a vendor's door is given."""

from xyper_engine.contract import MOST_ITEMS, Unparsed
from xyper_engine.errors import Malformed
from xyper_engine.model import dump, load
from xyper_engine.testing import raw_request
from xyper_genesys import from_wire as genesys
from xyper_whatsapp import from_wire as whatsapp
from xyper_whatsapp.glance import sole


def read(name: str, body: bytes) -> int:
    """How many items are in it. Only `Malformed` is raised, and every event can be queued and read again."""
    if name == "whatsapp":
        sole(body)
    parser = whatsapp.parse if name == "whatsapp" else genesys.parse
    try:
        items = parser(raw_request(body))
    except Malformed:
        return 0
    for item in items:
        if not isinstance(item, Unparsed):
            assert load(dump(item)).key == item.key
    assert len(items) <= MOST_ITEMS
    return len(items)
