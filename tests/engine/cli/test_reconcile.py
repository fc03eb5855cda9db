"""`xyper reconcile` beside a running engine: waited for or only asked for, for people and for programs."""

from tests.engine.cli.process import Demo


def test_a_report_is_waited_for_and_its_exit_code_says_whether_anything_differs(acme: Demo) -> None:
    told = acme.cli("reconcile", "acme", "--json")
    report = told.json
    differs = sum(report[name] for name in ("failed", "missed", "unreadable", "gone", "silent"))
    assert report["finished_at"] is not None
    assert (told.code, told.err) == (1 if differs else 0, "")
    assert len(report["findings"]) + len(report["failures"]) == differs
    shown = acme.cli("reconcile", "acme", "--hours", "1")
    assert "conversations looked at" in shown.out
    assert (shown.code == 0) == ("Nothing differs." in shown.out)


def test_it_is_only_asked_for_or_refused(acme: Demo) -> None:
    asked = acme.cli("reconcile", "acme", "--no-wait")
    assert (asked.code, asked.out.endswith(" is asked for.\n")) == (0, True)
    nobody = acme.cli("reconcile", "nobody")
    assert (nobody.code, "There is no tenant nobody." in nobody.err) == (1, True)
    assert acme.cli("reconcile", "acme", "--hours", "200").code == 2
