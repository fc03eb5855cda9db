"""What is read from a webhook, attacked: the long run is `make fuzz`."""

import random
import time

import pytest

from tests.fuzz.bodies import known, spoiled
from tests.fuzz.reading import read

SEED, BODIES = 8, 1500
SLOW = 4.0
"""Seconds for the worst body on a busy machine."""


@pytest.mark.parametrize("name", ["whatsapp", "genesys"])
def test_what_is_known_to_break_programs(name: str) -> None:
    for what, body in known(name).items():
        began = time.monotonic()
        read(name, body)
        assert time.monotonic() - began < SLOW, what


@pytest.mark.parametrize("name", ["whatsapp", "genesys"])
def test_real_webhooks_that_were_spoiled(name: str) -> None:
    dice, items = random.Random(SEED), 0
    for _ in range(BODIES):
        items += read(name, spoiled(name, dice))
    assert items > BODIES // 2, "some of it could be read"
