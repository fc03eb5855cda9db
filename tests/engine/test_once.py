"""A trouble that is met again and again is told once, and again after it was gone."""

from structlog.testing import capture_logs

from xyper_engine.logs import QUIET, REMEMBERED, Once


def test_a_trouble_is_told_when_it_begins_and_when_it_begins_again() -> None:
    moment = 0.0
    once = Once("xyper", lambda: moment)
    with capture_logs() as lines:
        for moment in (0.0, 1.0, QUIET, 2 * QUIET - 1, 4 * QUIET):  # noqa: B007  the clock reads it
            once.warning("put off", task="herald", reason="away")
    assert len(lines) == 2


def test_troubles_of_other_tasks_and_with_other_reasons_are_others() -> None:
    once = Once("xyper")
    with capture_logs() as lines:
        for task, reason in (("herald", "away"), ("eraser", "away"), ("herald", "full"), ("herald", "away")):
            once.warning("put off", task=task, reason=reason)
    assert [(line["task"], line["reason"]) for line in lines] == [
        ("herald", "away"),
        ("eraser", "away"),
        ("herald", "full"),
    ]


def test_it_remembers_no_more_than_it_needs() -> None:
    once = Once("xyper")
    with capture_logs():
        for number in range(3 * REMEMBERED):
            once.warning("put off", task="replayer", reason=str(number))
    assert len(once._met) == REMEMBERED
