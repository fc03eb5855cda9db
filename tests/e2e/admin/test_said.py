"""What the server says is said in the reader's language, by its code and values; what has no words stays English."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.e2e.admin.ground import Ground, dashboard
from xyper_engine.saying import Quoted, said, sayings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SAY = """async told => {
  const at = (path) => new URL(path, document.querySelector("script[type=module]").src);
  const { render } = await import(at("../shared/vendor/lit.js"));
  const { say } = await import(at("kit/said.js"));
  const { loadWords } = await import(at("../shared/core/base.js"));
  await loadWords(null, "admin-said");
  return told.map((one) => {
    const place = document.createElement("p");
    render(say(one, "words"), place);
    return { text: place.textContent, english: place.querySelector("[lang=en]")?.textContent ?? null };
  });
}"""
SOON = datetime(2026, 11, 29, 8, tzinfo=UTC)
PART = said("part.cache", "cache")
TOLD = (
    (said("trouble.token", "", account="whatsapp/1", until=SOON), "von whatsapp/1 läuft ab (29.11.2026"),
    (said("alert.dead", "", count=1), "1 unzustellbare Nachricht wartet:"),
    (said("alert.dead", "", count=1200), "1.200 unzustellbare Nachrichten warten:"),
    (said("alert.age", "", time=timedelta(minutes=12), queue=said("queue.inbound", "")), "seit 12 Min. (zu Agenten)."),
    (said("whatsapp.token.lacks", "", scopes=["a", "b"]), "Dem Token fehlt a und b."),
    (said("trouble.part", "", part=PART, state=Quoted("refused")), "Zwischenspeicher: refused"),
    (said("trip.under_way.todo", ""), "Siehe xyper dead list und das Log."),
)  # fmt: skip


def told(words: str) -> dict[str, Any]:
    return {"words": words, "said": sayings(words=words)}


async def test_sentences_in_german(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "account", language="de") as shown:
        found = await shown.page.evaluate(SAY, [told(words) for words, _ in TOLD])
        for (_, wanted), one in zip(TOLD, found, strict=True):
            assert wanted in one["text"].replace("\u00a0", " ")
        assert [one["english"] for one in found if one["english"]] == ["refused"]
        [unknown, foreign] = await shown.page.evaluate(SAY, [told(said("of.tomorrow", "New.")), told("Meta's own.")])
        assert (unknown["english"], foreign["english"]) == ("New.", "Meta's own.")
