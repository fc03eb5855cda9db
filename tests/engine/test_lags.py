"""How late webhooks come: of several the median, and nothing of long ago."""

import time

import pytest

from xyper_engine.lags import Lags


def test_of_several_the_median_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    seen = Lags()
    for seconds in (0.2, 0.4, 90.0):
        seen.came("whatsapp", seconds)
    seen.came("genesys", -0.5)
    assert seen.of == {"whatsapp": 0.4, "genesys": 0.0}
    moment += 601
    assert seen.of == {}
