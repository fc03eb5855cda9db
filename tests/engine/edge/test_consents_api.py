"""Consents over the API: noted with their proof, read back, brought in from a file."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import Configure
from tests.engine.edge.front import OWN, Front, opened
from xyper_engine.access.roles import Role
from xyper_engine.model import now
from xyper_engine.state.consents import text_hash

PHONE = "tel:+16505551234"
ASKED = f"{OWN}/consents/standing?contact=tel:%2B16505551234"
NO = {"contact": PHONE, "kind": "marketing", "given": False}


@pytest.fixture
async def front(configure: Configure, url: str) -> AsyncIterator[Front]:
    async with opened(configure, url) as found:
        yield found


async def ask(front: Front, status: int, method: str, path: str, body: object = None, **more: Any) -> Any:
    answer = await front.ask(method, path, json=body, **more)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def test_noted_with_its_proof_and_read_back(front: Front) -> None:
    bearer = await front.token(Role.supervisor, "acme")
    wish = NO | {"wording": "Please no more ads", "event": "form-17", "at": "2026-01-02T03:04:05Z"}
    made = await ask(front, 201, "POST", f"{OWN}/consents", wish, key=bearer)
    assert await ask(front, 200, "GET", f"{OWN}/consents/{made['id']}", key=bearer) == made
    assert made["contact"] == "tel:+16…34"
    assert (made["kind"], made["given"], made["source"], made["event"]) == ("marketing", False, "api", "form-17")
    assert (made["at"], made["text_hash"]) == ("2026-01-02T03:04:05Z", text_hash("Please no more ads"))
    assert made["by"].startswith("person/")
    assert await ask(front, 200, "GET", ASKED) == {"marketing": False, "everything": None}
    assert "noted before" in (await ask(front, 409, "POST", f"{OWN}/consents", wish))["detail"]
    [line] = (await ask(front, 200, "GET", f"{OWN}/audit?action=consent.note"))["lines"]
    assert line["subject"] == f"consent/{made['id']}"
    assert "6505551234" not in str(line)


async def test_listed_by_pages_and_of_one_customer(front: Front) -> None:
    for n in range(3):
        await ask(front, 201, "POST", f"{OWN}/consents", NO | {"given": bool(n % 2)})
    await ask(front, 201, "POST", f"{OWN}/consents", NO | {"contact": "bsuid:US.1349"})
    own = f"{OWN}/consents?contact=tel:%2B16505551234&source=api&limit=2"
    first = await ask(front, 200, "GET", own)
    second = await ask(front, 200, "GET", f"{own}&cursor={first['next']}")
    assert [one["given"] for one in (*first["consents"], *second["consents"])] == [False, True, False]
    assert second["next"] is None
    assert len((await ask(front, 200, "GET", f"{OWN}/consents"))["consents"]) == 4
    assert (await ask(front, 200, "GET", f"{OWN}/consents?source=import"))["consents"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"contact": "16505551234"}, "contact"),
        ({"kind": "all"}, "kind"),
        ({"account": "4711"}, "account"),
        ({"at": (now() + timedelta(days=1)).isoformat()}, "at"),
        ({"at": "2026-01-02T03:04:05"}, "at"),
        ({"more": 1}, "more"),
    ],
)
async def test_what_cannot_be_meant_is_refused(front: Front, change: dict[str, Any], field: str) -> None:
    told = await ask(front, 422, "POST", f"{OWN}/consents", NO | change)
    assert field in told["detail"]


async def test_looked_for_without_the_number_in_the_address(front: Front) -> None:
    made = await ask(front, 201, "POST", f"{OWN}/consents", NO)
    await ask(front, 201, "POST", f"{OWN}/consents", {**NO, "contact": "tel:+16505550000", "given": True})
    found = await ask(front, 200, "POST", f"{OWN}/consents/search", {"contact": PHONE})
    assert (found["consents"], found["standing"]) == ([made], {"marketing": False, "everything": None})
    first = await ask(front, 200, "POST", f"{OWN}/consents/search", {"limit": 1, "source": "api"})
    second = await ask(front, 200, "POST", f"{OWN}/consents/search", {"cursor": first["next"]})
    assert (first["standing"], second["consents"], second["next"]) == (None, [made], None)
    await ask(front, 404, "POST", f"{OWN}/consents/search", {"contact": "tel:+1"})


@pytest.mark.parametrize("path", ["consents/none", "consents?contact=tel:%2B1", "consents/standing?contact=bsuid:X"])
async def test_of_what_is_not_there_nothing_is_told(front: Front, path: str) -> None:
    await ask(front, 404, "GET", f"{OWN}/{path}")


CSV = """contact,kind,given,at,wording
tel:+16505551234,marketing,true,2026-01-02T03:04:05Z,"Yes,
please"
tel:+16505551234,marketing,no,2025-01-02T03:04:05Z,
bsuid:US.1349,everything,0,,
650555,marketing,1,,
tel:+16505551234,marketing,maybe,,
"""


async def test_brought_in_from_a_file_line_by_line_and_once(front: Front) -> None:
    done = await ask(front, 200, "POST", f"{OWN}/consents/import", {"csv": CSV})
    assert (done["noted"], done["known"], sorted(done["errors"])) == (3, 0, ["6", "7"])
    assert "contact" in done["errors"]["6"]
    assert "given" in done["errors"]["7"]
    assert "650555" not in str(done["errors"])
    assert await ask(front, 200, "GET", ASKED) == {"marketing": True, "everything": None}, "the later decision holds"
    again = await ask(front, 200, "POST", f"{OWN}/consents/import", {"csv": CSV})
    assert (again["noted"], again["known"]) == (0, 3)


@pytest.mark.parametrize("csv", ["", "contact\n", 'contact,kind,given\n"x', "contact,kind,given\n" + "x,y,z\n" * 5001])
async def test_what_is_no_table_is_refused_whole(front: Front, csv: str) -> None:
    told = await ask(front, 422, "POST", f"{OWN}/consents/import", {"csv": csv})
    assert "csv" in told["detail"]
    assert (await ask(front, 200, "GET", f"{OWN}/consents"))["consents"] == []
