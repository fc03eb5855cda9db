"""Meta's resumable upload, and that a template's header wants a handle of it."""

from typing import Any

import pytest

from tests.plugins.sim.ground import APP, TOKEN, WABA, World, world

Json = dict[str, Any]
AT = "/graph/v25.0"
LIST = f"{AT}/{WABA}/message_templates"
PICTURE = b"\x89PNG" + bytes(96)
BODY = {"type": "BODY", "text": "Look."}


async def put(here: World, session: str, content: bytes, *, offset: int = 0, token: str = TOKEN) -> Json:
    headers = {"Authorization": f"OAuth {token}", "file_offset": str(offset)}
    async with here.http.post(f"{here.sim.url}{AT}/{session}", data=content, headers=headers) as answer:
        found: Json = await answer.json()
        return found


async def begun(here: World, size: int = 100, mime: str = "image/png") -> str:
    query = f"file_name=a.png&file_length={size}&file_type={mime}"
    _, answer = await here.call("POST", f"{AT}/{APP}/uploads?{query}")
    return str(answer["id"])


def headed(handle: str | None, form: str = "IMAGE") -> Json:
    header: Json = {"type": "HEADER", "format": form}
    if handle is not None:
        header["example"] = {"header_handle": [handle]}
    return {"name": "look", "language": "en_US", "category": "MARKETING", "components": [header, BODY]}


async def test_a_handle_is_taken_once_and_shown_as_a_page_afterwards() -> None:
    async with world() as here:
        handle = (await put(here, await begun(here), PICTURE))["h"]
        assert handle.startswith("4::aW1hZ2UvcG5n:")
        status, _ = await here.call("POST", LIST, headed(handle))
        assert status == 200
        _, page = await here.call("GET", f"{LIST}?name=look&fields=components")
        [kept] = page["data"][0]["components"][0]["example"]["header_handle"]
        assert kept.startswith("https://scontent.whatsapp.net/")


async def test_what_broke_off_is_resumed() -> None:
    async with world() as here:
        session = await begun(here)
        assert "Fewer bytes" in (await put(here, session, PICTURE[:40]))["error"]["message"]
        _, asked = await here.call("GET", f"{AT}/{session}")
        assert asked["file_offset"] == 40
        assert "file_offset" in (await put(here, session, PICTURE))["error"]["message"]
        assert "More bytes" in (await put(here, session, PICTURE, offset=40))["error"]["message"]
        assert "h" in await put(here, session, PICTURE[40:], offset=40)


@pytest.mark.parametrize(
    ("app", "query", "code"),
    [
        ("another", "file_length=100&file_type=image/png", 100),
        (APP, "file_length=0&file_type=image/png", 100),
        (APP, "file_length=100000000000&file_type=image/png", 100),
        (APP, "file_length=100&file_type=image/webp", 100),
        (APP, "file_type=image/png", 100),
    ],
)
async def test_a_wrong_beginning_is_refused(app: str, query: str, code: int) -> None:
    async with world() as here:
        status, answer = await here.call("POST", f"{AT}/{app}/uploads?{query}")
        assert (status, answer["error"]["code"]) == (400, code)


async def test_a_strangers_session_is_not_there() -> None:
    async with world() as here:
        session = await begun(here)
        assert (await put(here, session, PICTURE, token="wrong"))["error"]["code"] == 190
        assert (await put(here, session.partition("?")[0], PICTURE))["error"]["error_subcode"] == 33


@pytest.mark.parametrize(
    ("handle", "form", "refused"),
    [
        (None, "IMAGE", (100, 2388043)),
        ("4::made-up", "IMAGE", (131009, 2494102)),
        ("https://scontent.whatsapp.net/v/t61/abc", "DOCUMENT", (131009, 2494102)),
        ("", "VIDEO", (131009, 2494102)),
        ("of a picture", "VIDEO", (131009, 2494102)),
    ],
)
async def test_a_header_wants_a_good_handle(handle: str | None, form: str, refused: tuple[int, int]) -> None:
    async with world() as here:
        if handle == "of a picture":
            handle = (await put(here, await begun(here), PICTURE))["h"]
        _, answer = await here.call("POST", LIST, headed(handle, form))
        assert (answer["error"]["code"], answer["error"]["error_subcode"]) == refused
