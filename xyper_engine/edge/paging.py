"""Pages of long lists: a cursor says where the next one begins, whatever was added meanwhile."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime

import orjson
from pydantic import Field

from xyper_engine.edge.route import Given
from xyper_engine.errors import Malformed

_STRANGE = "cursor: give back `next` of the page before, unchanged."


class Page(Given):
    """The query of a list."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str = Field("", max_length=500)
    """`next` of the page before; left out for the first page."""

    def after(self, *kinds: type) -> Sequence[str | int] | None:
        """Where this page begins: the key of the last item before it, with these types; None at the beginning."""
        if not self.cursor:
            return None
        try:
            key = orjson.loads(urlsafe_b64decode(self.cursor.encode() + b"=="))
        except ValueError:
            key = None
        if not isinstance(key, list) or [type(part) for part in key] != list(kinds):
            raise Malformed(_STRANGE)
        return key

    def after_moment(self) -> tuple[datetime, str] | None:
        """As `after`, of a list by time: the moment and the id of the last item before this page."""
        if (key := self.after(str, str)) is None:
            return None
        try:
            at = datetime.fromisoformat(str(key[0]))
        except ValueError:
            raise Malformed(_STRANGE) from None
        if at.tzinfo is None:
            raise Malformed(_STRANGE)
        return at, str(key[1])


def cursor(*key: str | int) -> str:
    """What the client sends to go on after the item with this key."""
    return urlsafe_b64encode(orjson.dumps(key)).rstrip(b"=").decode()
