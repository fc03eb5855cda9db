"""The API as a program speaks it: the key first, then templates, and every refusal a problem in words."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from tests.conftest import Configure
from tests.directory import add_tenant, put_tenant
from tests.engine.tenants.world import TOKEN, acme
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role, actions_of
from xyper_engine.cli.parts import NoBroker
from xyper_engine.edge.server import public_app
from xyper_engine.plugins import load
from xyper_engine.runtime import open_runtime
from xyper_engine.sealing import Sealer
from xyper_engine.testing import FarSide

HERE = "/api/v1/tenants/acme/templates"
LIST = "/v25.0/77/message_templates"
DRAFT = {
    "name": "ready",
    "language": "en_US",
    "category": "UTILITY",
    "components": [{"type": "BODY", "text": "It is ready, {{1}}."}],
}
LISTED = {**DRAFT, "id": "9", "status": "APPROVED"}


@dataclass
class Desk:
    """The API of an engine with the tenant acme, and its Meta."""

    http: TestClient[web.Request, web.Application]
    graph: FarSide
    key: str

    async def ask(self, method: str, path: str, body: object = None, key: str | None = None) -> ClientResponse:
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        return await self.http.request(method, path, json=body, headers=headers)

    async def problem(self, method: str, path: str, body: object = None, key: str | None = None) -> tuple[int, str]:
        answer = await self.ask(method, path, body, key)
        assert answer.content_type == "application/problem+json"
        return answer.status, (await answer.json())["detail"]


@pytest.fixture
async def desk(configure: Configure, url: str) -> AsyncIterator[Desk]:
    async with FarSide() as graph:
        settings = configure({"database": {"url": url}, "plugins": {"whatsapp": {"graph_url": graph.url}}})
        async with open_runtime(settings, given=NoBroker()) as rt:
            await add_tenant(rt.db, Sealer.from_settings(settings), acme())
            _, key = await rt.keys.add(Caller.host(), "tests", list(actions_of(Role.xyper_admin)))
            async with TestClient(TestServer(public_app(rt, load(settings)))) as http:
                yield Desk(http, graph, key)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("key", ["", "wrong", f"xyk_{'0' * 16}_{'0' * 64}", "\udcff"])
async def test_without_a_key_nothing_is_answered(desk: Desk, method: str, key: str) -> None:
    assert (await desk.problem(method, HERE, key=key))[0] == 401
    assert desk.graph.requests == []


async def test_a_key_with_another_secret_is_refused(desk: Desk) -> None:
    assert (await desk.problem("GET", HERE, key=desk.key[:-1] + ("0" if desk.key[-1] != "0" else "1")))[0] == 401


async def test_templates_are_read_and_listed(desk: Desk) -> None:
    desk.graph.answer("GET", LIST, json={"data": [LISTED]})
    assert await (await desk.ask("GET", HERE)).json() == {"templates": []}
    assert await (await desk.ask("POST", f"{HERE}/sync")).json() == {"count": 1}
    answer = await desk.ask("GET", HERE)
    assert (answer.status, await answer.json()) == (200, {"templates": [told(id="9", status="APPROVED")]})
    assert desk.graph.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


def told(**changes: Any) -> dict[str, Any]:
    return {
        "adapter": "whatsapp", "account": "77", "name": "ready", "language": "en_US", "category": "UTILITY",
        "quality": "", "format": "POSITIONAL", "reason": "", "components": DRAFT["components"], **changes,
    }  # fmt: skip


async def test_one_is_created_changed_and_deleted(desk: Desk) -> None:
    desk.graph.answer("POST", LIST, json={"id": "9", "status": "PENDING"})
    desk.graph.answer("POST", "/v25.0/9", json={"success": True})
    desk.graph.answer("GET", LIST, json={"data": [LISTED]})
    desk.graph.answer("DELETE", LIST, json={"success": True})
    created = await desk.ask("POST", HERE, DRAFT)
    assert (created.status, await created.json()) == (201, {"id": "9"})
    assert await (await desk.ask("POST", f"{HERE}/9", {"category": "MARKETING"})).json() == {"id": "9"}
    assert (await desk.ask("DELETE", f"{HERE}?name=ready&id=9")).status == 204
    assert await (await desk.ask("GET", HERE)).json() == {"templates": []}
    calls = [(seen.method, seen.path, seen.query.get("hsm_id")) for seen in desk.graph.requests]
    assert calls == [
        ("POST", LIST, None), ("POST", "/v25.0/9", None), ("GET", LIST, None), ("DELETE", LIST, "9"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", "/api/v1/tenants/nobody/templates", None, 404, "There is no tenant nobody."),
        ("GET", f"{HERE}?account=78", None, 404, "acme has no account 78"),
        ("POST", HERE, [], 400, "not an object"),
        ("POST", HERE, {}, 422, "A template needs a language"),
        ("POST", f"{HERE}/9", {"category": "UTILITY"}, 404, "has no template with the id 9"),
        ("DELETE", HERE, None, 422, "name: Field required"),
        ("DELETE", f"{HERE}?name=ready&id=9", None, 404, "has no template with the id 9"),
    ],
)
async def test_what_cannot_be_done_is_said(
    desk: Desk, method: str, path: str, body: object, status: int, words: str
) -> None:
    answered, detail = await desk.problem(method, path, body)
    assert (answered, words in detail) == (status, True), detail
    assert desk.graph.requests == []


async def test_a_body_that_is_no_json_is_refused(desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {desk.key}", "Content-Type": "application/json"}
    assert (await desk.http.post(HERE, data=b"{", headers=headers)).status == 400


@pytest.mark.parametrize(
    ("answered", "error", "status", "words"),
    [
        (
            400,
            {"code": 100, "error_user_title": "Too similar", "error_user_msg": "Change it."},
            422,
            "Meta refuses: Too similar: Change it.",
        ),
        (400, {"code": 80007, "message": "Limit"}, 429, "Too many calls for this number or app. Meta says: Limit"),
        (401, {"code": 190}, 502, "The access token is invalid or expired: store a new system user's token."),
        (500, {"code": 2}, 502, "Meta's service has trouble."),
    ],
)
async def test_metas_refusal_is_passed_on_in_words(
    desk: Desk, answered: int, error: object, status: int, words: str
) -> None:
    desk.graph.answer("POST", LIST, answered, json={"error": error})
    assert await desk.problem("POST", HERE, DRAFT) == (status, words)


async def test_a_refusal_points_to_the_part_that_it_is_about(desk: Desk) -> None:
    long = {**DRAFT, "name": "Bad Name", "components": [{"type": "BODY", "text": "x" * 1025}]}
    told = await (await desk.ask("POST", HERE, long)).json()
    assert (told["field"], list(told["errors"])) == ("/name", ["components.0.text", "name"])
    assert "at most 1024" in told["errors"]["components.0.text"]
    taken = {"code": 100, "error_user_title": "Content in this language already exists", "fbtrace_id": "A1b"}
    desk.graph.answer("POST", LIST, 400, json={"error": taken})
    told = await (await desk.ask("POST", HERE, DRAFT)).json()
    assert (told["field"], told["vendor_code"], told["vendor_correlation_id"]) == ("/language", "100", "A1b")


async def test_the_name_and_the_id_must_agree(desk: Desk) -> None:
    desk.graph.answer("GET", LIST, json={"data": [LISTED]})
    await desk.ask("POST", f"{HERE}/sync")
    assert await desk.problem("DELETE", f"{HERE}?name=other&id=9") == (409, "The template 9 is called 'ready'.")


async def test_where_there_are_several_accounts_one_is_named(desk: Desk, configure: Configure, url: str) -> None:
    """As tenants of an earlier version may have them."""
    settings = configure({"database": {"url": url}})
    second = {"adapter": "whatsapp", "account": "1002", "secrets": {"access_token": "t"}}
    async with open_runtime(settings, given=NoBroker()) as rt:
        await put_tenant(rt.db, Sealer.from_settings(settings), acme(accounts=[second], links=[], hooks=[]))
        await rt.db.execute("insert into parents values ('acme', 'whatsapp', '88')")
        await rt.db.execute("update accounts set parent = '88' where account = '1002'")
    assert await desk.problem("POST", HERE, DRAFT) == (409, "acme has several accounts, name one: 77, 88.")
    desk.graph.answer("POST", "/v25.0/88/message_templates", json={"id": "5", "status": "PENDING"})
    assert (await desk.ask("POST", f"{HERE}?account=1002", DRAFT)).status == 201
    assert await (await desk.ask("GET", f"{HERE}?account=77")).json() == {"templates": []}


PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(92)
SESSION = "upload:MTphdHRhY2htZW50=?sig=AR-1_x"


async def shown(desk: Desk, content: bytes, query: str = "kind=image&name=shop.png") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {desk.key}", "Content-Type": "image/png"}
    answer = await desk.http.post(f"{HERE}/examples?{query}", data=content, headers=headers)
    return answer.status, await answer.json()


def takes_uploads(desk: Desk) -> None:
    desk.graph.answer("GET", "/v25.0/debug_token", json={"data": {"app_id": "1122"}})
    desk.graph.answer("POST", "/v25.0/1122/uploads", json={"id": SESSION})
    desk.graph.answer("POST", "/v25.0/upload:MTphdHRhY2htZW50=", json={"h": "4::aW1hZ2U:x"})


async def test_an_example_file_is_handed_in_for_its_handle(desk: Desk) -> None:
    takes_uploads(desk)
    status, told = await shown(desk, PICTURE)
    assert status == 201, told
    assert told == {"handle": "4::aW1hZ2U:x", "mime": "image/png", "name": "shop.png", "size": 100}
    _, begun, sent = desk.graph.requests
    assert begun.query == {"file_name": "shop.png", "file_length": "100", "file_type": "image/png"}
    assert (sent.query, sent.body, sent.headers["file_offset"]) == ({"sig": "AR-1_x"}, PICTURE, "0")
    assert (sent.headers["Authorization"], sent.headers["Content-Length"]) == (f"OAuth {TOKEN}", "100")


async def test_an_example_is_what_its_bytes_say(desk: Desk) -> None:
    for content, kind, code, words in (
        (b"<html>", "image", "not_taken", "this is text/html"),
        (b"%PDF-1.7", "image", "not_taken", "this is application/pdf"),
        (PICTURE, "document", "not_taken", "this is image/png"),
        (b"", "image", "not_taken", "empty"),
    ):
        status, told = await shown(desk, content, f"kind={kind}&name=shop.png")
        assert (status, told["code"], words in told["detail"]) == (422, code, True), told
    assert desk.graph.requests == []


async def test_a_file_that_is_too_large_is_refused_at_once_or_on_the_way(desk: Desk) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield bytes(1024 * 1024)

    for length in ({"Content-Length": str(6 * 1024 * 1024)}, {}):
        headers = {"Authorization": f"Bearer {desk.key}", **length}
        answer = await desk.http.post(f"{HERE}/examples?kind=image&name=a.png", data=chunks(), headers=headers)
        assert (answer.status, (await answer.json())["code"]) == (422, "too_big")


async def test_an_example_needs_an_app_that_is_known(desk: Desk, configure: Configure, url: str) -> None:
    takes_uploads(desk)
    desk.graph.answer("POST", "/v25.0/shop-app/uploads", json={"id": SESSION})
    settings = configure({"database": {"url": url}})
    async with open_runtime(settings, given=NoBroker()) as rt:
        await rt.db.execute("""update accounts set config = '{"app_id": "shop-app"}' where adapter = 'whatsapp'""")
    assert (await shown(desk, PICTURE))[0] == 201
    assert desk.graph.requests[0].path == "/v25.0/shop-app/uploads"


async def test_what_meta_does_not_take_is_said(desk: Desk) -> None:
    for answered, answer in ((400, {"error": {"code": 100, "message": "No"}}), (503, {}), (200, {"id": "x"})):
        desk.graph.answer("POST", "/v25.0/upload:MTphdHRhY2htZW50=", answered, json=answer)
    takes_uploads(desk)
    for expected, words in ((422, "Meta says: No"), (502, "broke while"), (502, "no handle")):
        status, told = await shown(desk, PICTURE)
        assert (status, words in told["detail"]) == (expected, True), told
    desk.graph.answer("GET", "/v25.0/debug_token", 400, json={"error": {"code": 100}})
    assert (await shown(desk, PICTURE))[0] == 201  # whatever failed may simply be done again
    status, told = await shown(desk, PICTURE)
    assert (status, told["code"], "`app_id`" in told["detail"]) == (422, "app_unknown", True)
