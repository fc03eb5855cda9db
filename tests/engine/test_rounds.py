"""A round that fails ends only itself: what is away is told once, a bug each time, and an end is never swallowed."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
import structlog
from structlog.testing import capture_logs

from xyper_engine.errors import Unavailable
from xyper_engine.logs import Once
from xyper_engine.rounds import Round
from xyper_engine.runtime import Runtime


def runtime() -> Runtime:
    parts: Any = SimpleNamespace(once=Once("xyper"), log=structlog.get_logger("xyper"))
    return cast(Runtime, parts)


def test_how_it_went_is_known_and_told() -> None:
    rt, gone = runtime(), []
    with capture_logs() as said:
        for error in (
            None,
            Unavailable("The database is away."),
            Unavailable("The database is away."),
            ValueError("?"),
        ):
            with Round(rt, "herald") as one:
                if error:
                    raise error
            gone.append((one.done, one.away))
    assert gone == [(True, False), (False, True), (False, True), (False, False)]
    assert [(line["event"], line["task"], line["log_level"]) for line in said] == [
        ("put off", "herald", "warning"),
        ("bug", "herald", "error"),
    ]


def test_whoever_ends_the_task_is_obeyed() -> None:
    with pytest.raises(asyncio.CancelledError), Round(runtime(), "herald"):
        raise asyncio.CancelledError
