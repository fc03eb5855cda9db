"""What a plugin's author tests with: a far side to script, and a suite that every adapter must pass.

`FarSide` is a real HTTP server of this process; nothing patches the client. `AdapterSuite` is a class of tests to
inherit, with four methods to fill in; `BatchSuite` adds what holds for channels that put several items in one webhook:

    class TestMyChannel(BatchSuite):
        def adapter(self) -> Adapter: ...
        def sign(self, body: bytes, secret: str) -> Mapping[str, str]: ...
        def item(self, number: int, text: str) -> object: ...
        def batch(self, items: Sequence[object]) -> bytes: ...
"""

import pytest

# Before the import: pytest shows both sides of a failed comparison only in modules that it has rewritten.
pytest.register_assert_rewrite("xyper_engine.testing.suite")

from xyper_engine.testing.far_side import Answer, FarSide, Seen  # noqa: E402
from xyper_engine.testing.suite import (  # noqa: E402
    MOMENT,
    AdapterSuite,
    BatchSuite,
    anonymous,
    bare_runtime,
    keys,
    messages,
    raw_request,
    reordered,
)

__all__ = [
    "MOMENT",
    "AdapterSuite",
    "Answer",
    "BatchSuite",
    "FarSide",
    "Seen",
    "anonymous",
    "bare_runtime",
    "keys",
    "messages",
    "raw_request",
    "reordered",
]
