"""The search through the log of the whole run would find something, were it there."""

import pytest
import structlog

from tests.secrecy import HEARD, Heard, written
from tests.world import APP_SECRET, Tenant


@pytest.mark.parametrize(
    "private",
    [
        APP_SECRET,
        Tenant(2).webhook_secret,
        f"xyk_{'0' * 16}_{'a' * 64}",
        f"xyr_{'1' * 64}",
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlc2lnbmF0dXJl",
        "Does it come in another color?",
    ],
)
def test_what_must_not_be_is_found_and_not_repeated(private: str) -> None:
    heard = Heard()
    heard.line('{"logger":"xyper.edge","event":"fine"}')
    heard.line(f'{{"logger":"xyper.edge","event":"said {private} to"}}')
    (told, *_) = heard.leaks()
    assert told.startswith("xyper.edge logged something private")
    assert private not in told


def test_there_is_much_to_look_for() -> None:
    assert len(set(written())) > 100


def test_lines_of_this_process_are_heard() -> None:
    structlog.get_logger("xyper.house").info("heard")
    assert '"event":"heard"' in HEARD.lines[-1]
